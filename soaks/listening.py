"""A tracker that listens to JACK at 512 frames, and what it has heard of what was played."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from soaks.beside import JackRec
from soaks.show import Show, show
from tests.support import frame_counter
from tests.support.counting import Counted, count
from tests.support.frame_counter import Played
from tests.support.jack import jack_server

RATE_HZ = 44_100
BLOCK = 512
MODES = {"JACK": False, "JACK --sync": True}
"""Whether the server waits for its clients in every turn; by itself it does not."""
SHORT_S = 2.0
"""A recording on a slow disk may lack so much at its end: it has a second to close."""
BESIDE_SHORT_S = 3.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard, and what the tracker said at its end.

    Attributes:
        counted: the sound that was recorded.
        estimates: how many came.
        gaps: how many of their numbers are missing.
        status: the last one.
        played: what the counter says; None where a file was played.
        beside: what JACK's own recorder heard at the same time; None where it did not run.
    """

    counted: Counted
    estimates: int
    gaps: int
    status: Mapping[str, object]
    played: Played | None = None
    beside: Counted | None = None

    @property
    def cells(self) -> list[str]:
        """Samples heard, lost, lost by ``jack_rec``, turns missed by JACK, estimates, missing."""
        return [
            f"{self.counted.samples:,}",
            f"{self.counted.lost:,}",
            "–" if self.beside is None else f"{self.beside.lost:,}",
            "–" if self.played is None else f"{self.played.missed // BLOCK:,}",
            f"{self.estimates:,}",
            str(self.gaps),
        ]


class Listening:
    """A running tracker and a counter that plays to it.

    Attributes:
        running: the tracker.
    """

    def __init__(self, running: Show, folder: Path, environment: Mapping[str, str]) -> None:
        self.running = running
        self._folder = folder
        self._environment = environment
        self._counter = frame_counter.start(folder, environment)
        self._beside: JackRec | None = None

    def begin(self, beside_s: float | None = None) -> None:
        """Wait until it hears, and begin to record the same with ``jack_rec`` for so long."""
        frame_counter.wait_until_heard(self._counter)
        if beside_s is not None:
            self._beside = JackRec(self._folder, self._environment, beside_s)

    def finish(self) -> Heard:
        """End the counter, then the tracker, and count what it recorded.

        Raises:
            RuntimeError: the tracker failed, or its recording ends too early.
        """
        beside = None if self._beside is None else self._beside.heard()
        played = frame_counter.end(self._counter)
        heard = finish(self.running, self._folder / "heard.flac", played, beside)
        if heard.counted.last < played.samples - SHORT_S * RATE_HZ:
            raise RuntimeError(f"the recording is too short: {heard} of {played}")
        return heard

    def close(self) -> None:
        """End the counter, if it still runs."""
        self._counter.kill()
        self._counter.wait(frame_counter.END_LIMIT_S)


@contextmanager
def listening(
    folder: Path, *arguments: str | Path, waits: bool, extra: Mapping[str, str] | None = None
) -> Iterator[Listening]:
    """Run JACK at 512 frames, the tracker on it, and the counter playing into the tracker.

    Args:
        folder: for everything.
        arguments: further ones of the tracker.
        waits: whether JACK waits for its clients.
        extra: added to the tracker's environment.
    """
    with jack_server(folder, RATE_HZ, realtime=True, waits=waits) as jack:
        environment = {**jack.environment, **(extra or {})}
        sound: list[str | Path] = [
            "--device",
            "system",
            "--no-osc",
            "--record-audio",
            folder / "heard.flac",
        ]
        with show(folder, *sound, *arguments, environment=environment) as running:
            running.wait_for_estimates(2)
            listener = Listening(running, folder, jack.environment)
            try:
                yield listener
            finally:
                listener.close()


def over_jack(seconds: float, waits: bool, folder: Path) -> Heard:
    """Listen for so long, with ``jack_rec`` beside it."""
    with listening(folder, waits=waits) as listener:
        listener.begin(beside_s=seconds - BESIDE_SHORT_S)
        time.sleep(seconds)
        return listener.finish()


def finish(
    running: Show, recording: Path, played: Played | None = None, beside: Counted | None = None
) -> Heard:
    """End the tracker and count what it recorded.

    Raises:
        RuntimeError: it failed.
    """
    code, _ = running.program.interrupt()
    if code:
        raise RuntimeError(f"the tracker ended with {code}: {running.program.output()}")
    return Heard(
        counted=count(recording),
        estimates=len(running.sequences),
        gaps=running.gaps,
        status=running.statuses[-1],
        played=played,
        beside=beside,
    )
