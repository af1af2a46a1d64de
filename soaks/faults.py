"""Does to a running tracker what happens to sound on a stage, and measures how it takes it.

``python -m soaks.faults`` tries everything and writes the table in ``docs/reliability.md``;
``--dry`` prints it instead. The tests try the same, and hold it to its limits.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.latency import machine
from benchmarks.timing import table, write_between_markers
from soaks.show import Show, show
from tests.support import frame_counter
from tests.support.counting import write_counter
from tests.support.jack import JackServer
from tests.support.program import OscReceiver, Received
from tests.support.pulse import PulseServer

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
RATE_HZ = 44_100
AWAY_S = 4.0
LIMIT_S = 40.0
SETTLED_ESTIMATES = 12
"""The sample clock knows a device after 4 s."""
MUSIC_S = 120.0


class Sound:
    """A sound server with music in it, as a fault needs it."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.device = {"pulse": "pulse", "jack": "system"}[kind]
        self.server: PulseServer | JackServer
        if kind == "pulse":
            self.server = PulseServer(folder, RATE_HZ, 2)
            self._music = write_counter(folder / "music.wav", RATE_HZ, MUSIC_S)
        else:
            self.server = JackServer(folder, RATE_HZ, 2, realtime=True)
        self._players: list[subprocess.Popen[bytes]] = []

    def play(self) -> None:
        """Begin to play to the tracker."""
        if isinstance(self.server, PulseServer):
            self.server.play(self._music, latency_ms=500)
        else:
            counter = [sys.executable, frame_counter.__file__, "PortAudio"]
            self._players.append(subprocess.Popen(counter, env=self.server.environment))

    def signal(self, number: signal.Signals) -> None:
        """Send the server a signal."""
        os.kill(self.server.pid, number)

    def die(self) -> None:
        """Let the server and whoever plays die."""
        self.server.kill()
        self._end_players()

    def live(self, rate_hz: int = RATE_HZ) -> None:
        """Start the server again; the music begins with it."""
        if isinstance(self.server, JackServer):
            self.server.restart(rate_hz)
        else:
            self.server.restart()
        self.play()

    def replay(self) -> None:
        """Begin to play anew."""
        self._end_players()
        self.play()

    def close(self) -> None:
        """End all of it."""
        self._end_players()
        self.server.stop()

    def _end_players(self) -> None:
        for player in self._players:
            player.kill()
            player.wait(10)
        self._players.clear()


@dataclass
class Scene:
    """A tracker that hears music, and what may happen to it."""

    sound: Sound
    show: Show
    receiver: OscReceiver

    @property
    def child(self) -> int:
        """Number of the capturing process."""
        pid = self.show.program.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        others = [
            Path(task).read_text().split() for task in Path(f"/proc/{pid}/task").glob("*/children")
        ]
        return int((children or [number for each in others for number in each])[-1])

    def active(self, since_s: float, value: int) -> float | None:
        """Return when ``/mer/active`` said this for the first time since a moment."""
        for message in self.receiver.messages("/mer/active"):
            if message.arrived_s >= since_s and message.arguments[0] == value:
                return message.arrived_s
        return None

    def wait_for_active(self, since_s: float, value: int) -> float:
        """Wait for that.

        Raises:
            RuntimeError: where it does not come.
        """
        deadline = time.monotonic() + LIMIT_S
        while (at_s := self.active(since_s, value)) is None:
            if time.monotonic() > deadline or self.show.program.process.poll() is not None:
                raise RuntimeError(f"no /mer/active {value}: {self.show.program.output()}")
            time.sleep(0.02)
        return at_s


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that happens.

    Attributes:
        name: for the table.
        kind: of the sound server.
        strike: lets it happen.
        mend: lets it be over; None where it is at once.
        away_s: seconds between the two.
        lost: whether the music is to stop; a fault that passes unheard is not.
    """

    name: str
    kind: str
    strike: Callable[[Scene], None]
    mend: Callable[[Scene], None] | None = None
    away_s: float = AWAY_S
    lost: bool = True
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a fault was taken.

    Attributes:
        inactive_s: from the fault to ``/mer/active 0``; None where it never came.
        said: the first message of a status that says ``lost``.
        said_s: from the fault to that status.
        again_s: from the end of the fault to ``/mer/active 1``.
        status: the last one.
        gaps: estimates whose number is missing.
        late_s: by how much stream time is behind the wall at the end.
        messages: every ``/mer/active`` with its time since the fault.
    """

    inactive_s: float | None
    said: str
    said_s: float | None
    again_s: float
    status: dict[str, Any]
    gaps: int
    late_s: float
    messages: list[tuple[float, int]] = field(repr=False)

    def row(self, name: str) -> list[str]:
        """Return a row of the table, under :data:`HEAD`."""
        status = self.status
        return [
            name,
            self.said or "nothing",
            "–" if self.inactive_s is None else f"{self.inactive_s:.1f} s",
            f"{self.again_s:.1f} s",
            f"{status['filled_s']:.1f} s",
            f"{status['skipped_s']:.1f} s",
            str(status["reconnects"]),
        ]


HEAD = ["what happened", "what was said", "`active 0` after", "values flow, once it is over, after",
        "filled", "skipped", "reconnects"]  # fmt: skip


def _kill(scene: Scene) -> None:
    scene.sound.die()


def _freeze(scene: Scene) -> None:
    scene.sound.signal(signal.SIGSTOP)


def _thaw(scene: Scene) -> None:
    scene.sound.signal(signal.SIGCONT)


def _thaw_jack(scene: Scene) -> None:
    """Go on; JACK has thrown out by then who did not answer, and the music is a client, too."""
    _thaw(scene)
    deadline = time.monotonic() + LIMIT_S
    while not scene.show.statuses[-1]["reconnects"] and time.monotonic() < deadline:
        time.sleep(0.05)
    scene.sound.replay()


def _unload(scene: Scene) -> None:
    subprocess.run(
        ["pactl", "unload-module", "module-null-sink"],
        env=scene.sound.server.environment,
        check=True,
    )


def _load(scene: Scene) -> None:
    server = scene.sound.server
    for words in (
        f"load-module module-null-sink sink_name=mer rate={RATE_HZ} channels=2",
        "set-default-sink mer",
        "set-default-source mer.monitor",
    ):
        subprocess.run(
            ["pactl", *words.split()],
            env=server.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    scene.sound.play()


def _quit(scene: Scene) -> None:
    server = scene.sound.server
    if isinstance(server, JackServer):
        server.quit()
    scene.sound.die()


def _back(scene: Scene) -> None:
    scene.sound.live()


def _back_at_48(scene: Scene) -> None:
    scene.sound.live(48_000)


def _kill_child(scene: Scene) -> None:
    os.kill(scene.child, signal.SIGKILL)


def _freeze_child(scene: Scene) -> None:
    os.kill(scene.child, signal.SIGSTOP)


def _freeze_all(scene: Scene) -> None:
    os.kill(scene.show.program.process.pid, signal.SIGSTOP)


def _thaw_all(scene: Scene) -> None:
    os.kill(scene.show.program.process.pid, signal.SIGCONT)


FAULTS = {
    "pulse-killed": Fault("PulseAudio killed, started again", "pulse", _kill, _back),
    "pulse-stopped": Fault("PulseAudio stopped for 4 s", "pulse", _freeze, _thaw),
    "pulse-hiccup": Fault(
        "PulseAudio stopped for 0.6 s", "pulse", _freeze, _thaw, 0.6, lost=False
    ),
    "pulse-unplugged": Fault("The card taken out of PulseAudio, put back", "pulse", _unload, _load),
    "jack-killed": Fault("JACK killed, started again", "jack", _kill, _back),
    "jack-other-rate": Fault("JACK killed, started at 48 kHz", "jack", _kill, _back_at_48),
    "jack-quit": Fault("JACK ended, started again", "jack", _quit, _back),
    "jack-stopped": Fault("JACK stopped for 4 s", "jack", _freeze, _thaw_jack),
    "driver-aborts": Fault("The driver aborts the capturing process", "pulse", _kill_child),
    "driver-hangs": Fault("The driver hangs for good", "pulse", _freeze_child),
    "tracker-stopped": Fault(
        "The tracker itself stopped for 6 s", "pulse", _freeze_all, _thaw_all, 6.0, lost=False
    ),
    "pulse-killed-60": Fault(
        "PulseAudio killed, 60 messages a second", "pulse", _kill, _back,
        flags=("--osc-rate", "60"),
    ),
}  # fmt: skip


@contextmanager
def scene(kind: str, folder: Path, *flags: str, settled: int) -> Iterator[Scene]:
    """Run a tracker that has heard so many estimates of music."""
    with ExitStack() as stack:
        sound = Sound(kind, folder)
        stack.callback(sound.close)
        receiver = stack.enter_context(OscReceiver())
        arguments = ["--device", sound.device, "--osc", receiver.target, *flags]
        running = stack.enter_context(
            show(folder, *arguments, environment=sound.server.environment)
        )
        made = Scene(sound, running, receiver)
        running.wait_for_estimates(1)
        sound.play()
        since_s = made.wait_for_active(time.monotonic(), 1)
        running.wait_for_estimates(len(running.sequences) + settled)
        if made.active(since_s, 0) is not None:
            raise RuntimeError("the music stopped by itself")
        yield made


def attempt(fault: Fault, folder: Path, settled: int = SETTLED_ESTIMATES) -> Outcome:
    """Let a fault happen and wait until it is over.

    Args:
        fault: what happens.
        folder: for everything.
        settled: estimates of music before it and after.
    """
    with scene(fault.kind, folder, *fault.flags, settled=settled) as stage:
        before, offset_s = stage.show.statuses[-1], stage.show.offset_s
        struck_s = time.monotonic()
        fault.strike(stage)
        inactive_s = stage.wait_for_active(struck_s, 0) if fault.lost else None
        time.sleep(max(0.0, struck_s + fault.away_s - time.monotonic()))
        mended_s = time.monotonic() if fault.mend else struck_s
        if fault.mend is not None:
            fault.mend(stage)
        again_s = stage.wait_for_active(max(mended_s, inactive_s or 0.0), 1)
        stage.show.wait_for_estimates(len(stage.show.sequences) + settled)
        time.sleep(1.2)  # for a last status
        said = [
            status
            for status in stage.show.statuses
            if status["state"] == "lost" and status["arrived_s"] > struck_s
        ]
        active = stage.receiver.messages("/mer/active")
        return Outcome(
            inactive_s=None if inactive_s is None else inactive_s - struck_s,
            said=said[0]["message"].split(":")[0].split(". ")[0] if said else "",
            said_s=said[0]["arrived_s"] - struck_s if said else None,
            again_s=again_s - mended_s,
            status=stage.show.statuses[-1],
            gaps=stage.show.gaps,
            late_s=stage.show.offset_s - offset_s if before else 0.0,
            messages=[_since(message, struck_s) for message in active],
        )


def _since(message: Received, struck_s: float) -> tuple[float, int]:
    return message.arrived_s - struck_s, int(message.arguments[0])


def main() -> None:
    """Try everything and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true")
    parser.add_argument("--only", choices=FAULTS, action="append")
    arguments = parser.parse_args()
    rows = []
    for key in arguments.only or FAULTS:
        fault = FAULTS[key]
        with tempfile.TemporaryDirectory() as folder:
            outcome = attempt(fault, Path(folder))
        rows.append(outcome.row(fault.name))
        print(key, outcome, file=sys.stderr, flush=True)
    text = f"Measured on {machine()}.\n\n{table(HEAD, rows)}"
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "sound-faults", text)


if __name__ == "__main__":
    main()
