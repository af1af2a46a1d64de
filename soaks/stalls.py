"""How often this machine lets even its most urgent program wait: what no program here can hear.

A process of the highest urgency sleeps 2 ms at a time and notes when it was woken too late; a
machine that is one of several on a host stands still now and then. Beside it, JACK's own
example in C shows what the server makes of that. ``python -m soaks.stalls`` writes
``docs/reliability.md``; ``--dry`` prints instead of writing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.latency import machine
from benchmarks.timing import table, write_between_markers
from tests.support.jack import jack_server

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
RATE_HZ = 44_100
BLOCK_S = 512 / RATE_HZ
NAP_S = 0.002
URGENCY = 70
"""Above JACK and whoever it calls (60)."""


@dataclass(slots=True)
class Stalls:
    """How often a nap was longer by a block or more, and the longest of all, in seconds."""

    count: int = 0
    longest_s: float = 0.0


@contextmanager
def counting_stalls() -> Iterator[Stalls]:
    """Count while the block runs; the figures are there after it."""
    sleeper = subprocess.Popen(
        [sys.executable, "-m", "soaks.stalls", "--sleep"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PAGE.parent.parent,
    )
    stalls = Stalls()
    try:
        yield stalls
    finally:
        said, _ = sleeper.communicate()  # the end of its input is its sign
        stalls.count, stalls.longest_s = int(said.split()[0]), float(said.split()[1])


def sleep_until_told() -> Stalls:
    """Sleep until the standard input ends."""
    with suppress(OSError, AttributeError):  # without the right to it, as urgently as others
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(URGENCY))
    os.set_blocking(sys.stdin.fileno(), False)
    stalls, before_s = Stalls(), time.perf_counter()
    while True:
        time.sleep(NAP_S)
        now_s = time.perf_counter()
        late_s = now_s - before_s - NAP_S
        stalls.longest_s = max(stalls.longest_s, late_s)
        stalls.count += late_s >= BLOCK_S
        before_s = now_s
        with suppress(BlockingIOError):
            if not os.read(sys.stdin.fileno(), 1):
                return stalls


def missed_by_c(seconds: float) -> int:
    """Return how many cycles JACK's own example missed on the dummy card."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with jack_server(folder, RATE_HZ, realtime=True) as jack:
            example = subprocess.Popen(
                ["jack_simple_client"],
                env=jack.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(seconds)
            example.terminate()
            example.wait(10)
            return (folder / "jack.log").read_text().count("was not finished")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--dry", action="store_true")
    parser.add_argument("--sleep", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.sleep:
        stalls = sleep_until_told()
        print(stalls.count, stalls.longest_s)
        return
    with counting_stalls() as stalls:
        missed = missed_by_c(60.0 * arguments.minutes)
    head = ["time", "stalls of a block or more", "longest", "cycles that JACK's C example missed"]
    row = [
        f"{arguments.minutes:.1f} min", str(stalls.count), f"{1e3 * stalls.longest_s:.1f} ms",
        str(missed),
    ]  # fmt: skip
    text = f"Measured on {machine()}.\n\n{table(head, [row])}"
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "stalls", text)


if __name__ == "__main__":
    main()
