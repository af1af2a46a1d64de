"""A tracker that hears music from a sound server, both ours to ill-treat."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from soaks.show import Show, show
from tests.support import frame_counter
from tests.support.counting import write_counter
from tests.support.jack import JackServer
from tests.support.program import OscReceiver
from tests.support.pulse import PulseServer

RATE_HZ = 44_100
LIMIT_S = 40.0
MUSIC_S = 120.0


class Sound:
    """A sound server with music in it, as a fault needs it."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self._folder = folder
        self.device = {"pulse": "pulse", "jack": "system"}[kind]
        self.server: PulseServer | JackServer
        if kind == "pulse":
            self.server = PulseServer(folder, RATE_HZ, 2)
            self._music = write_counter(folder / "music.wav", RATE_HZ, MUSIC_S)
        else:
            self.server = JackServer(folder, RATE_HZ, 2, realtime=True)
        self._players: list[subprocess.Popen[str]] = []

    def play(self) -> None:
        """Begin to play to the tracker."""
        if isinstance(self.server, PulseServer):
            self.server.play(self._music, latency_ms=500)
        else:
            counter = frame_counter.start(self._folder, self.server.environment)
            self._players.append(counter)

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
