"""A day of music at full speed through a whole run: every estimate there, memory flat.

``python -m soaks.day`` writes what it found into ``docs/reliability.md``; ``--hours 0.3`` makes
it shorter, ``--dry`` prints instead of writing.
"""

from __future__ import annotations

import argparse
import json
import math
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.latency import machine
from benchmarks.timing import table, write_between_markers
from realtime_mer.controls import Controls
from realtime_mer.estimate import Estimate, Status
from realtime_mer.feel.chain import Feel
from realtime_mer.live import LiveRun
from realtime_mer.model import load_model
from realtime_mer.sinks.osc import OscSink
from realtime_mer.sinks.recorder import Recorder
from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.hello import hello_fields
from realtime_mer.sources.base import Block, Deliver, Ended
from realtime_mer.sources.demo import render_demo
from realtime_mer.sources.playing import Player
from realtime_mer.tracker import Tracker

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
RATE_HZ = 44_100
BLOCK_SAMPLES = 22_051
"""A prime number: steps and blocks never begin together."""
PAUSE_S = 30
"""Silence after each performance."""
ESTIMATES_AN_HOUR = 7200
MOST_GROWTH_MB = 5.0
HEAD = ["stream time", "wall time", "estimates", "missing", "lines recorded", "after 1 h",
        "at the end", "largest growth"]  # fmt: skip


class Day:
    """The demo and a pause, over and over, for so many hours of stream time."""

    name = "a day of the demo"
    rate_hz = RATE_HZ
    channels = 2
    live = False

    def __init__(self, hours: float) -> None:
        self._samples = round(hours * 3600) * RATE_HZ
        pause = np.zeros((PAUSE_S * RATE_HZ, 2), np.float32)
        self._music = np.concatenate([render_demo(RATE_HZ), pause])
        self._player = Player(self._blocks(), RATE_HZ, math.inf, "day")

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Begin to deliver."""
        self._player.start(deliver, ended)

    def drops(self) -> int:
        """Return 0: nothing is lost."""
        return 0

    def close(self) -> None:
        """Stop."""
        self._player.close()

    def _blocks(self) -> Iterator[Block]:
        given = 0
        while given < self._samples:
            for begin in range(0, len(self._music), BLOCK_SAMPLES):
                block = self._music[begin : begin + BLOCK_SAMPLES][: self._samples - given]
                if len(block):
                    yield block
                given += len(block)


@dataclass(slots=True)
class Watch:
    """A sink that counts estimates, and memory after each hour of stream time.

    Attributes:
        every: estimates between two looks at the memory.
        estimates: how many came.
        wrong: how many were out of order, out of range, or no numbers.
        resident_mb: memory after each of those, in millions of bytes.
    """

    every: int
    estimates: int = 0
    wrong: int = 0
    resident_mb: list[float] = field(default_factory=list)

    def publish(self, estimate: Estimate) -> None:
        """Count one."""
        in_order = estimate.sequence == self.estimates
        in_time = estimate.time_s == (estimate.sequence + 1) / 2
        in_range = all(-1.0 <= mean <= 1.0 for mean in estimate.mean)
        spread = all(0.0 < std < 2.0 for std in estimate.std)
        self.wrong += not (in_order and in_time and in_range and spread)
        self.estimates += 1
        if self.estimates % self.every == 0:
            self.resident_mb.append(resident_mb())
            print(f"{estimate.time_s / 3600:5.2f} h {self.resident_mb[-1]:8.2f} MB",
                  file=sys.stderr)  # fmt: skip

    def report(self, status: Status) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a soak found."""

    hours: float
    wall_s: float
    watch: Watch
    lines: int
    lost_lines: int

    @property
    def missing(self) -> int:
        """Estimates that should have come and did not, or were wrong."""
        return abs(round(self.hours * ESTIMATES_AN_HOUR) - self.watch.estimates) + self.watch.wrong

    @property
    def growth_mb(self) -> float:
        """How far memory rose above what it was at the first look."""
        return max(self.watch.resident_mb) - self.watch.resident_mb[0]

    def row(self) -> list[str]:
        """Return a row of the table, under :data:`HEAD`."""
        memory = self.watch.resident_mb
        return [
            f"{self.hours:g} h",
            f"{self.wall_s:.0f} s",
            f"{self.watch.estimates:,}",
            str(self.missing),
            f"{self.lines:,}",
            f"{memory[0]:.1f} MB",
            f"{memory[-1]:.1f} MB",
            f"{self.growth_mb:.2f} MB",
        ]


def resident_mb() -> float:
    """Return the memory of this process that is in use, in millions of bytes (proc(5))."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def soak(hours: float, looks_an_hour: float = 1.0) -> Found:
    """Run a whole show: recorder, page, OSC, controls; return what was found."""
    watch = Watch(round(ESTIMATES_AN_HOUR / looks_an_hour))
    source = Day(hours)
    model = load_model(provider="cpu")
    tracker = Tracker(RATE_HZ, model)
    hello = hello_fields(
        model=model.name, provider=model.provider, dimensions=model.dimensions,
        device=source.name, rate_hz=RATE_HZ, channels=2, osc=[], version="soak",
    )  # fmt: skip
    with (
        tempfile.TemporaryDirectory() as name,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
    ):
        receiver.bind(("127.0.0.1", 0))
        path = Path(name) / "day.jsonl"
        recorder = Recorder(path, header=hello)
        sinks = [
            OscSink([receiver.getsockname()]),
            WebSink("127.0.0.1", 0, hello=hello),
            recorder,
            watch,
        ]
        controls = Controls(tracker, Feel(model.dimensions, model.name))
        run = LiveRun(source, tracker, sinks, controls=controls)
        begin_s = time.monotonic()
        run.start()
        run.finished.wait()
        wall_s = time.monotonic() - begin_s
        run.close()
        recorder.close()
        with path.open(encoding="utf-8") as file:
            lines = sum("arousal" in json.loads(line) for line in list(file)[1:])
    return Found(hours, wall_s, watch, lines, recorder.lost)


def main() -> int:
    """Run, write, and say whether it held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--dry", action="store_true")
    arguments = parser.parse_args()
    found = soak(arguments.hours, max(1.0, 8.0 / arguments.hours))
    text = f"Measured on {machine()}.\n\n{table(HEAD, [found.row()])}"
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "day", text)
    return 1 if found.missing or found.growth_mb > MOST_GROWTH_MB else 0


if __name__ == "__main__":
    sys.exit(main())
