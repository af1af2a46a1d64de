"""The desk with a real run behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from support.tiny_model import write_tiny_model

from realtime_mer.calibrations import Calibrations
from realtime_mer.config.merge import load_settings
from realtime_mer.controls import Controls
from realtime_mer.desk.desk import Desk
from realtime_mer.desk.routes import RoutesError
from realtime_mer.errors import UserError
from realtime_mer.feel.chain import Feel
from realtime_mer.live import LiveRun
from realtime_mer.model import load_model
from realtime_mer.settings import Settings
from realtime_mer.sinks.osc import OscSink
from realtime_mer.sinks.web import commands as web
from realtime_mer.sources.base import Deliver, Ended
from realtime_mer.sources.opening import SourceRequest
from realtime_mer.tracker import Tracker

ROUTE = {"address": "/one", "source": "arousal", "target": "127.0.0.1:9"}


class Card:
    """A live source that gives noise; only one of a name may be open."""

    live = True
    rate_hz = 16_000
    channels = 1
    open_now: ClassVar[list[str]] = []

    def __init__(self, name: str) -> None:
        if name in self.open_now:
            raise UserError(f"“{name}” is in use by another program: close that one.")
        self.open_now.append(name)
        self.name = name
        self._closed = threading.Event()

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Play."""

        def play() -> None:
            block = (0.1 * np.random.default_rng(0).normal(size=(160, 1))).astype(np.float32)
            while not self._closed.wait(0.001):
                deliver(block)
            ended(None)

        threading.Thread(target=play, daemon=True).start()

    def drops(self) -> int:
        """None."""
        return 0

    def close(self) -> None:
        """Stop."""
        if not self._closed.is_set():
            self._closed.set()
            self.open_now.remove(self.name)


class Rig:
    """A desk, its run, and the file it saves to."""

    def __init__(self, folder: Path) -> None:
        model = load_model(write_tiny_model(folder / "tiny.onnx"), "cpu")
        self.path = folder / "show.toml"
        settings = Settings(device="card", gain=2.0)
        tracker = Tracker(16_000, model)
        tracker.gain_db = settings.gain
        self.controls = Controls(
            tracker, Feel(model.dimensions, model.name), Calibrations(folder / "calibrations")
        )
        self.desk = Desk(settings, self.controls, model.dimensions, self.path)
        self.osc = OscSink([])
        self.live = LiveRun(Card("card"), tracker, [self.osc], controls=self.controls)

    def start(self) -> None:
        """Attach and start."""
        self.desk.attach(self.live, [self.osc])
        self.live.start()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A run with a desk, started."""
    Card.open_now.clear()
    made = Rig(tmp_path)
    made.start()
    yield made
    made.live.close()


def test_nothing_is_done_before_the_run_is_there(tmp_path: Path) -> None:
    """A page that is quicker than the tracker is told to wait."""
    Card.open_now.clear()
    made = Rig(tmp_path)
    with pytest.raises(UserError, match="still starting"):
        made.desk.perform(web.Save())
    made.live.source.close()


def test_what_was_just_set_is_saved(rig: Rig) -> None:
    """Saving right after setting keeps it, however busy the model's thread is; and only it."""
    rig.desk.perform(web.Gain(-7.5))
    rig.desk.perform(web.SetRoutes((ROUTE,), 0))
    rig.desk.perform(web.Freeze(True))
    assert rig.desk.perform(web.Save()) == {"path": str(rig.path)}
    settings = load_settings({}, {}, rig.path)
    assert (settings.gain, settings.device) == (-7.5, "auto")
    assert [route.address for route in settings.routes] == ["/one"]
    assert rig.desk.unsaved() == ()
    assert "frozen" not in rig.path.read_text()
    rig.desk.perform(web.Gain(1.0))
    assert rig.controls.settle(5.0)
    assert rig.controls.state()["unsaved"] == ["gain"]


def test_routes_reach_the_sink_and_their_receiver(rig: Rig) -> None:
    """A route set on the page has its receiver open; taken away, it is closed; wrong, nothing."""
    rig.desk.perform(web.SetRoutes((ROUTE,), None))
    assert any("127.0.0.1:9" in name for name in rig.osc.describe())
    with pytest.raises(RoutesError):
        rig.desk.perform(web.SetRoutes(({"address": "/x", "source": "nothing"},), None))
    assert rig.desk.perform(web.GetRoutes())["revision"] == 1
    rig.desk.perform(web.SetRoutes((), 1))
    assert rig.osc.describe() == ()


def test_nothing_is_kept_where_nothing_is_to_be(rig: Rig) -> None:
    """Started with --config none, saving is refused with the remedy."""
    rig.desk.path = None
    with pytest.raises(UserError, match="--config none"):
        rig.desk.perform(web.Save())


@pytest.mark.parametrize("device", ["/etc/passwd", "./song.flac", "-", "song.wav"])
def test_no_file_can_be_chosen(rig: Rig, device: str) -> None:
    """A page cannot have the disk or standard input read."""
    with pytest.raises(UserError, match="From the page only inputs"):
        rig.desk.perform(web.ChooseDevice(device, ""))
    assert rig.live.source.name == "card"


def test_the_demo_can_be_chosen_and_left(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo takes over, with the channels that were asked for, and the card comes back."""
    rig.desk.perform(web.ChooseDevice("demo", "2"))
    assert (rig.live.source.name, rig.live.source.channels) == ("demo", 1)
    assert rig.controls.settle(5.0)
    state = rig.controls.state()
    assert (state["device"], state["channels"]) == ("demo", "2")
    _listens_to(monkeypatch, ["card"])
    rig.desk.perform(web.ChooseDevice("card", ""))
    assert rig.live.source.name == "card"
    assert Card.open_now == ["card"]


def test_a_card_that_opens_once_changes_its_channels(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is closed first; where the second opening fails too, it is opened again as it was."""
    requests = _listens_to(monkeypatch, ["card"])
    rig.desk.perform(web.ChooseDevice("card", "3,4"))
    assert [request.channels for request in requests] == [(2, 3), (2, 3)]
    assert Card.open_now == ["card"]
    before = rig.live.status().sequence
    requests.clear()
    _listens_to(monkeypatch, ["card"], refuses=(8,), requests=requests)
    with pytest.raises(UserError, match="no channel"):
        rig.desk.perform(web.ChooseDevice("card", "9"))
    assert [request.channels for request in requests] == [(8,), (8,), (2, 3)]
    deadline = time.monotonic() + 10
    while rig.live.status().sequence <= before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert rig.live.status().state in ("running", "silent")
    assert rig.desk.perform(web.GetRoutes())["revision"] == 0


def _listens_to(
    monkeypatch: pytest.MonkeyPatch,
    names: list[str],
    refuses: tuple[int, ...] = (),
    requests: list[SourceRequest] | None = None,
) -> list[SourceRequest]:
    """Let the system have these cards; one refuses these channels."""
    asked = [] if requests is None else requests

    def opens(request: SourceRequest) -> tuple[Card, str]:
        asked.append(request)
        if request.channels == refuses:
            raise UserError("“card” has no channel 9: choose fewer.")
        return Card(request.device), ""

    monkeypatch.setattr("realtime_mer.desk.inputs.open_source", opens)
    monkeypatch.setattr("realtime_mer.desk.inputs.Inputs._find", lambda _, device: names[0])
    return asked
