"""A live run whose device is lost, comes back, or falls silent, with real threads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.sinks import Memory, wait_until
from support.tiny_model import write_tiny_model

from realtime_mer.calibrations import Calibrations
from realtime_mer.controls import Controls
from realtime_mer.errors import UserError
from realtime_mer.feel.chain import Feel
from realtime_mer.live import LiveRun
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.sources.base import Deliver, Ended
from realtime_mer.tracker import Tracker

pytestmark = pytest.mark.e2e  # in real time, which takes its time

RATE_HZ = 16_000
BLOCK_S = 0.01


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds takes tenths of them."""

    def pauses() -> Iterator[float]:
        while True:
            yield 0.05

    monkeypatch.setattr("realtime_mer.live.rescue.pauses", pauses)
    monkeypatch.setattr("realtime_mer.live.care.LOST_AFTER_S", 0.3)
    monkeypatch.setattr("realtime_mer.live.care.DEAD_AFTER_S", 0.8)
    monkeypatch.setattr("realtime_mer.live.run.LOOK_S", 0.02)


class Card:
    """A device that plays noise in real time until something happens to it.

    Attributes:
        plugged: while clear, opening it again fails.
        sounds: while clear, it gives nothing, and says nothing of it.
        opened: every rate it was opened at, the first included.
        again: what it is when it comes back.
    """

    live = True
    channels = 2
    name = "card"

    def __init__(self, rate_hz: int = RATE_HZ, before: Card | None = None) -> None:
        self.rate_hz = rate_hz
        self.again_at_hz = rate_hz
        self.plugged = before.plugged if before else threading.Event()
        self.opened: list[int] = before.opened if before else []
        self.asked: list[int | None] = before.asked if before else []
        self.opened.append(rate_hz)
        self.sounds = threading.Event()
        self.sounds.set()
        self.closed = threading.Event()
        self.latest = self
        self._first = before._first if before else self
        self._first.latest = self
        self._ended: Ended = lambda failure: None
        if not before:
            self.plugged.set()

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Play."""
        self._ended = ended
        generator = np.random.default_rng(0)

        def play() -> None:
            begin_s, given = time.monotonic(), 0
            while not self.closed.is_set():
                due = round((time.monotonic() - begin_s) * self.rate_hz)
                noise = 0.1 * generator.normal(size=(due - given, 2))
                given = due
                if self.sounds.is_set() and len(noise):
                    deliver(noise.astype(np.float32))
                time.sleep(BLOCK_S)

        threading.Thread(target=play, daemon=True).start()

    def pull(self) -> None:
        """Lose it: it says so, and cannot be opened."""
        self.plugged.clear()
        self.sounds.clear()
        self._ended(UserError("The input device “card” is gone: plug it in again."))

    def reopen(self, rate_hz: int | None = None) -> Card:
        """Open it again."""
        if not self.plugged.is_set():
            raise UserError("The input device “card” is not there: plug it in.")
        self.asked.append(rate_hz)
        return Card(rate_hz or self.again_at_hz, self)

    def drops(self) -> int:
        """One."""
        return 1

    def close(self) -> None:
        """Stop."""
        self.closed.set()


class Rig:
    """A run with everything in it that must be kept."""

    def __init__(self, tiny: EmotionModel, folder: Path, card: Card, **options: object) -> None:
        self.sink = Memory()
        self.tracker = Tracker(card.rate_hz, tiny)
        self.controls = Controls(self.tracker, Feel(tiny.dimensions), Calibrations(folder))
        self.card = card
        self.run = LiveRun(card, self.tracker, [self.sink], controls=self.controls, **options)  # type: ignore[arg-type]
        self.began_s = time.monotonic()
        self.run.start()

    def state(self) -> str:
        """The last state that was told."""
        return self.sink.statuses[-1].state if self.sink.statuses else ""

    def wait_for(self, state: str) -> None:
        """Return once a state is told."""
        wait_until(lambda: self.state() == state)

    def active(self) -> bool:
        """Whether the last estimate said music."""
        return bool(self.sink.estimates) and self.sink.estimates[-1].active


@pytest.fixture
def rig(tiny: EmotionModel, tmp_path: Path) -> Iterator[Rig]:
    """A run that hears music from a card."""
    made = Rig(tiny, tmp_path, Card())
    wait_until(made.active)
    yield made
    made.run.close()


def check_time(rig: Rig) -> None:
    """Every estimate came, once, and stream time is the time on the wall."""
    numbers = [estimate.sequence for estimate in rig.sink.estimates]
    assert numbers == list(range(len(numbers)))
    passed_s = time.monotonic() - rig.began_s
    assert rig.sink.estimates[-1].time_s == pytest.approx(passed_s, abs=1.2)


def test_a_lost_device_is_said_and_comes_back(rig: Rig) -> None:
    """Not active at once, a status with its name; heard again, with every setting kept."""
    rig.controls.set_gain(3.0)
    lost_s = time.monotonic()
    rig.card.pull()
    rig.wait_for("lost")
    wait_until(lambda: not rig.active())
    assert time.monotonic() - lost_s < 2.0
    lost = rig.sink.statuses[-1]
    assert lost.device == "card"
    assert "“card”" in lost.message
    assert lost.message.endswith("It is opened again by itself as soon as it is back.")
    wait_until(lambda: "is not there" in rig.sink.statuses[-1].message)  # what the last try said
    time.sleep(1.0)
    assert rig.run.failure is None
    assert not rig.run.finished.is_set()
    rig.card.plugged.set()
    wait_until(lambda: rig.state() != "lost")
    back_s = time.monotonic()
    rig.wait_for("running")
    wait_until(rig.active)
    status = rig.sink.statuses[-1]
    assert status.message == ""
    wait_until(lambda: rig.run.status().reconnects == 1)
    assert status.filled_s == pytest.approx(back_s - lost_s, abs=0.7)
    assert status.drops == 2  # one of each opening
    assert status.controls["gain_db"] == 3.0
    check_time(rig)


def test_the_model_remembers(rig: Rig) -> None:
    """What was heard before the loss is not forgotten in it."""
    wait_until(lambda: len(rig.sink.estimates) > 4)
    rig.card.pull()
    rig.wait_for("lost")
    wait_until(lambda: not rig.active())
    last = rig.sink.estimates[-1].raw_mean
    state = rig.tracker._state.copy()
    count = len(rig.sink.estimates)
    wait_until(lambda: len(rig.sink.estimates) > count + 2)
    assert {estimate.raw_mean for estimate in rig.sink.estimates[count:]} == {last}
    np.testing.assert_array_equal(rig.tracker._state, state)
    rig.card.plugged.set()
    wait_until(rig.active)


def test_what_dies_without_a_word_is_noticed(rig: Rig) -> None:
    """No block comes and nobody says why: lost, and opened again."""
    rig.card.sounds.clear()
    rig.wait_for("lost")
    assert "gives no sound any more" in rig.sink.statuses[-1].message
    wait_until(lambda: rig.run.status().reconnects == 1)
    wait_until(rig.active)
    assert rig.card.closed.is_set()
    assert rig.card.opened == [RATE_HZ, RATE_HZ]
    check_time(rig)


def test_what_was_only_slow_is_kept(rig: Rig) -> None:
    """Sound that comes again by itself is heard again without being opened."""
    rig.card.sounds.clear()
    rig.wait_for("lost")
    rig.card.sounds.set()
    rig.wait_for("running")
    wait_until(rig.active)
    assert rig.card.opened == [RATE_HZ]
    assert rig.run.status().reconnects == 0
    check_time(rig)


def test_a_change_of_rate_keeps_time_and_memory(rig: Rig) -> None:
    """Back at 48 kHz the stream goes on: the next number, the time on the wall, the gain."""
    rig.controls.set_gain(-2.0)
    assert rig.controls.settle(5.0)
    rig.card.again_at_hz = 48_000
    state = rig.tracker._state
    rig.card.pull()
    rig.wait_for("lost")
    wait_until(lambda: not rig.active())
    rig.card.plugged.set()
    wait_until(lambda: rig.run.status().reconnects == 1)
    wait_until(rig.active)
    count = len(rig.sink.estimates)
    wait_until(lambda: len(rig.sink.estimates) > count + 1)
    status = rig.run.status()
    assert (status.rate_hz, status.controls["gain_db"]) == (48_000, -2.0)
    assert rig.run._input.tracker is not rig.tracker
    assert rig.run._input.tracker._state is not None
    assert state.shape == rig.run._input.tracker._state.shape
    rig.controls.set_gain(20.0)
    level_db = rig.sink.estimates[-1].level_db
    wait_until(lambda: abs(rig.sink.estimates[-1].level_db - level_db - 22.0) < 1.0)
    check_time(rig)


class Reel:
    """A tape that counts."""

    hurried = False

    def __init__(self) -> None:
        self.samples = 0

    def take(self, block: NDArray[np.float32]) -> None:
        """Count."""
        self.samples += len(block)

    def close(self) -> None:
        """Nothing to do."""


def test_a_tape_keeps_its_rate(tiny: EmotionModel, tmp_path: Path) -> None:
    """Where the sound is recorded, the old rate is asked for, and the loss is silence on it."""
    card, reel = Card(), Reel()
    card.again_at_hz = 48_000
    rig = Rig(tiny, tmp_path, card, tape=reel)
    try:
        wait_until(rig.active)
        card.pull()
        rig.wait_for("lost")
        wait_until(lambda: not rig.active())
        card.plugged.set()
        wait_until(rig.active)
    finally:
        rig.run.close()
    assert card.asked == [RATE_HZ]
    assert reel.samples == rig.run._input.clock.position


def test_a_frozen_run_stays_frozen(rig: Rig) -> None:
    """Whoever froze the values keeps them; that the device is gone is in the status."""
    rig.controls.freeze(True)
    assert rig.controls.settle(5.0)
    count = len(rig.sink.estimates)
    rig.card.pull()
    rig.wait_for("lost")
    wait_until(lambda: len(rig.sink.estimates) > count + 3)
    assert len({estimate.mean for estimate in rig.sink.estimates[count + 1 :]}) == 1
    assert rig.sink.statuses[-1].state == "lost"


def test_closing_while_it_is_lost_is_quick(rig: Rig) -> None:
    """The run ends within a second, and nothing is opened any more."""
    rig.card.pull()
    rig.wait_for("lost")
    began_s = time.monotonic()
    rig.run.close()
    assert time.monotonic() - began_s < 1.0
    rig.card.plugged.set()
    time.sleep(0.3)
    assert rig.card.latest is rig.card or rig.card.latest.closed.is_set()
    assert rig.run.failure is None


def test_another_device_can_be_chosen_meanwhile(rig: Rig, tiny: EmotionModel) -> None:
    """A switch ends the rescue of what is not wanted any more."""
    rig.card.pull()
    rig.wait_for("lost")
    other = Card()
    rig.run.switch(other, Tracker(RATE_HZ, tiny))
    assert rig.run.source is other
    rig.card.plugged.set()
    wait_until(rig.active)
    time.sleep(0.3)
    assert rig.run.source is other
    assert rig.run.status().reconnects == 0


def test_what_was_let_go_in_vain_is_opened_again(rig: Rig) -> None:
    """A card that was closed for another, which could not be had, is rescued like a lost one."""
    rig.run.let_go()
    rig.run.hold_on(UserError("The card is busy: wait."))
    wait_until(lambda: rig.run.status().reconnects == 1)
    wait_until(rig.active)
    check_time(rig)


def test_a_loss_is_logged_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """A line when it is lost and one when it is back, however long it takes."""
    caplog.set_level(logging.INFO, "realtime_mer.live")
    rig.card.pull()
    rig.wait_for("lost")
    time.sleep(0.5)
    rig.card.plugged.set()
    wait_until(lambda: any("heard again" in record.message for record in caplog.records))
    levels = [record.levelname for record in caplog.records]
    assert levels == ["WARNING", "INFO"]
    assert "“card” is heard again after" in caplog.records[1].message
