"""Control changes, and the sentences where they cannot be sent."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.estimates import make_estimate, make_status
from support.jack import JackServer, jack_server

from realtime_mer.errors import UserError
from realtime_mer.routes.parse import parse_route
from realtime_mer.sinks import midi, midi_port
from realtime_mer.sinks.midi import MidiSink
from realtime_mer.sinks.midi_port import choose_port, open_port

LIMIT_S = 10.0
PORTS = ["Midi Through Port-0", "Scarlett 2i2 USB", "scarlett"]
CHANGE = re.compile(r"control change \(channel +(\d+)\): controller +(\d+), value +(\d+)")


@pytest.mark.parametrize(
    ("name", "number"), [("scarlett", 2), ("SCARLETT", 1), ("through", 0), ("2i2", 1), ("x", None)]
)
def test_a_port_is_chosen_by_its_name_or_a_part_of_it(name: str, number: int | None) -> None:
    """An exact name wins; else the first that has it inside, in any case of letters."""
    assert choose_port(name, PORTS) == number


def test_without_the_library_the_way_to_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence has the command that installs it."""
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    with pytest.raises(UserError, match=r"pip install 'realtime-mer\[midi\]'"):
        MidiSink([parse_route({"source": "arousal", "midi": {"port": "x", "cc": 1}})])


def test_routes_without_midi_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No library is loaded for routes to OSC."""
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    sink = MidiSink([parse_route({"address": "/x", "source": "arousal"})])
    sink.publish(make_estimate())
    sink.close()


class Dump:
    """JACK's jack_midi_dump: prints what its port hears."""

    def __init__(self, jack: JackServer, output: Path) -> None:
        self._jack = jack
        self._output = output
        self._begin = 0
        self.start()

    def start(self) -> None:
        """Run it, from when its port is there."""
        with self._output.open("ab") as file:
            self._process = subprocess.Popen(
                ["stdbuf", "-oL", "jack_midi_dump"],
                env=self._jack.environment,
                stdout=file,
                stderr=subprocess.DEVNULL,
            )

        deadline = time.monotonic() + LIMIT_S
        while "midi-monitor" not in _ports(self._jack):
            assert time.monotonic() < deadline, "jack_midi_dump did not start"
            time.sleep(0.05)

    def forget(self) -> None:
        """Begin anew."""
        self._begin = len(self._output.read_text())

    def changes(self, count: int) -> list[tuple[int, int, int]]:
        """Wait for so many control changes: channel from 0, controller, value."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            found = [
                (int(channel), int(control), int(value))
                for channel, control, value in CHANGE.findall(
                    self._output.read_text()[self._begin :]
                )
            ]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(LIMIT_S)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dump]:
    """A JACK server of our own with a program that prints the MIDI it hears."""
    folder = tmp_path_factory.mktemp("midi")
    with jack_server(folder) as jack, pytest.MonkeyPatch.context() as patch:
        for name in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER"):
            patch.setenv(name, jack.environment[name])
        dump = Dump(jack, folder / "midi.txt")
        try:
            yield dump
        finally:
            dump.stop()


@pytest.fixture
def monitor(server: Dump) -> Dump:
    """What is heard from now on."""
    server.forget()
    return server


def _ports(jack: JackServer) -> str:
    listing = subprocess.run(
        ["jack_lsp"], env=jack.environment, capture_output=True, text=True, check=False, timeout=20
    )
    return listing.stdout


@pytest.mark.e2e
def test_control_changes_reach_another_program(monitor: Dump) -> None:
    """jack_midi_dump prints channel, controller and value, and only those that are news."""
    routes = [
        parse_route({"source": "arousal", "midi": {"port": "monitor", "channel": 3, "cc": 21}}),
        parse_route(
            {
                "source": "active", "address": "/x", "before": ["light"], "out": [0, 100],
                "midi": {"port": "midi-monitor:input", "cc": 7},
            }
        ),
    ]  # fmt: skip
    sink = MidiSink(routes)
    try:
        time.sleep(1.0)  # a connection of JACK takes effect with its next period
        estimates = [make_estimate(0), make_estimate(0), make_estimate(12, active=False)]
        for estimate in estimates:
            sink.publish(estimate)
            sink.report(make_status())
            time.sleep(0.1)
        heard = monitor.changes(4)
    finally:
        sink.close()
    values = [round(127 * (estimate.arousal + 1) / 2) for estimate in (estimates[0], estimates[2])]
    assert heard == [(2, 21, values[0]), (0, 7, 100), (2, 21, values[1]), (0, 7, 0)]


@pytest.mark.e2e
def test_a_fade_is_sent_in_whole_steps(monitor: Dump) -> None:
    """At 60 Hz the values climb one after another without a repeat."""
    route = parse_route({"source": "active", "midi": {"port": "monitor", "cc": 1}, "rise": 0.3})
    sink = MidiSink([route], rate_hz=60.0)
    try:
        time.sleep(1.0)
        sink.publish(make_estimate(0, active=False))
        time.sleep(0.1)
        sink.publish(make_estimate(1, active=True))
        time.sleep(1.5)
        values = [value for _, _, value in monitor.changes(10)]
    finally:
        sink.close()
    assert values[0] == 0
    assert values == sorted(set(values))
    assert values[-1] > 120
    assert max(b - a for a, b in itertools.pairwise(values)) < 40


@pytest.mark.e2e
def test_a_port_that_comes_back_is_used_again(
    monitor: Dump, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When the other end was away, it hears the values again, though they are not news."""
    monkeypatch.setattr(midi, "LOOK_INTERVAL_S", 0.5)
    sink = MidiSink([parse_route({"source": "active", "midi": {"port": "monitor", "cc": 9}})])
    try:
        time.sleep(1.0)
        sink.publish(make_estimate(0))
        assert monitor.changes(1) == [(0, 9, 127)]
        monitor.stop()
        _until(lambda: "is gone" in caplog.text)
        sink.publish(make_estimate(1))
        monitor.start()
        _until(lambda: "is back" in caplog.text)
        deadline = time.monotonic() + LIMIT_S
        while len(heard := monitor.changes(0)) < 2:
            assert time.monotonic() < deadline, "nothing was said again"
            sink.publish(make_estimate(2))
            time.sleep(0.1)
        assert heard[:2] == [(0, 9, 127)] * 2
    finally:
        sink.close()


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.e2e
@pytest.mark.usefixtures("monitor")
def test_a_port_that_is_not_there_is_named_with_those_that_are() -> None:
    """The sentence lists what could be chosen."""
    with pytest.raises(UserError, match=r"no MIDI output “Scarlett”.*“midi-monitor:input”"):
        open_port("Scarlett")


@pytest.mark.e2e
def test_a_port_of_our_own_is_there_for_others(monitor: Dump) -> None:
    """With port "new" other programs connect to us."""
    route = parse_route({"source": "arousal", "midi": {"port": "new", "cc": 1}})
    sink = MidiSink([route])
    try:
        connect = ["jack_connect", "realtime-mer:realtime-mer", "midi-monitor:input"]
        subprocess.run(connect, check=True, timeout=20, capture_output=True)
        time.sleep(1.0)
        sink.publish(make_estimate(0))
        assert monitor.changes(1) == [(0, 1, round(127 * (make_estimate(0).arousal + 1) / 2))]
    finally:
        sink.close()


@pytest.mark.e2e
def test_without_any_midi_system_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sequencer and no JACK server: the remedy names both."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", f"none-{time.monotonic_ns()}")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    rtmidi = midi_port._library()
    # A machine with ALSA's sequencer always has MIDI; there, JACK alone is asked.
    monkeypatch.setattr(rtmidi, "get_compiled_api", lambda: [rtmidi.API_UNIX_JACK])
    with pytest.raises(UserError, match="no MIDI on this machine"):
        open_port("Scarlett")
