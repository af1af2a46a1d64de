"""How often this machine stands still: what no program on it can hear.

On each core a process more urgent than JACK sleeps 2 ms at a time and notes when it was woken too
late. A machine that is one of several on a host may stand still on all its cores at once; where
its host grants it so much of each 100 ms and no more, that ends at the same moment of them each
time. ``python -m soaks.stalls`` writes ``docs/reliability.md``; ``--dry`` prints instead.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.latency import machine
from benchmarks.timing import table, write_between_markers

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
BLOCK_S = 512 / 44_100
NAP_S = 0.002
URGENCY = 70
"""Above JACK and whoever it calls (60)."""
SHARE_S = 0.1
"""Linux on a host grants time in shares of so much, unless told otherwise."""
WINDOW_S = 0.02
HEAD = ["time", "stalls of a block or more", "on every core at once", "longest",
        "ended in the same 20 ms of each 100 ms"]  # fmt: skip

Span = tuple[float, float]
"""Begin and end in seconds, by ``time.monotonic``."""


@dataclass(slots=True)
class Stalls:
    """When cores stood still for a block or more.

    Attributes:
        everywhere: of all cores at the same time.
        somewhere: of one core at least, those of all included.
    """

    everywhere: Sequence[Span] = ()
    somewhere: Sequence[Span] = ()

    @property
    def longest_s(self) -> float:
        """How long the longest took."""
        return max((end - begin for begin, end in self.somewhere), default=0.0)

    @property
    def in_step(self) -> int:
        """How many ended within the same 20 ms of each 100 ms."""
        ends = [end % SHARE_S for _, end in self.somewhere]
        return max((sum((end - begin) % SHARE_S <= WINDOW_S for end in ends) for begin in ends),
                   default=0)  # fmt: skip

    def cells(self) -> list[str]:
        """Return the cells under :data:`HEAD` but the time."""
        return [
            str(len(self.somewhere)),
            str(len(self.everywhere)),
            f"{1e3 * self.longest_s:.0f} ms",
            str(self.in_step),
        ]

    def sentence(self) -> str:
        """Return the same in words."""
        count, everywhere, longest, in_step = self.cells()
        if not self.somewhere:
            return "the machine never stood still for a block"
        return (
            f"the machine stood still for a block or more {count} times ({everywhere} on every "
            f"core at once, the longest {longest}; {in_step} ended in the same 20 ms of each "
            "100 ms)"
        )


@contextmanager
def counting_stalls() -> Iterator[Stalls]:
    """Watch every core while the block runs; what was found is there after it."""
    cores = sorted(os.sched_getaffinity(0))
    sleepers = [
        subprocess.Popen(
            [sys.executable, "-m", "soaks.stalls", "--sleep", str(core)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PAGE.parent.parent,
        )
        for core in cores
    ]
    stalls = Stalls()
    try:
        yield stalls
    finally:
        said = [sleeper.communicate()[0] for sleeper in sleepers]  # the end of input is the sign
        found = [[(begin, end) for begin, end in json.loads(text)] for text in said]
        stalls.everywhere, stalls.somewhere = together(found)


def together(cores: Sequence[Sequence[Span]]) -> tuple[list[Span], list[Span]]:
    """Return the stalls that all cores share, and those that any has, as one each.

    A stall of one core that touches one of another is the same stall.
    """
    spans = sorted((begin, end, core) for core, own in enumerate(cores) for begin, end in own)
    everywhere: list[Span] = []
    somewhere: list[Span] = []
    seen: set[int] = set()
    for begin, end, core in spans:
        if somewhere and begin <= somewhere[-1][1]:
            somewhere[-1] = (somewhere[-1][0], max(end, somewhere[-1][1]))
            seen.add(core)
        else:
            somewhere.append((begin, end))
            seen = {core}
        if len(seen) == len(cores):
            if everywhere and everywhere[-1][0] == somewhere[-1][0]:
                everywhere.pop()
            everywhere.append(somewhere[-1])
    return everywhere, somewhere


def sleep_until_told(core: int) -> list[Span]:
    """Sleep on one core until the standard input ends; return when it was woken too late."""
    os.sched_setaffinity(0, {core})
    with suppress(OSError):  # without the right to it, as urgently as others
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(URGENCY))
    os.set_blocking(sys.stdin.fileno(), False)
    spans, before_s = [], time.monotonic()
    while True:
        time.sleep(NAP_S)
        now_s = time.monotonic()
        due_s = before_s + NAP_S
        if now_s - due_s >= BLOCK_S:
            spans.append((due_s, now_s))
        before_s = now_s
        with suppress(BlockingIOError):
            if not os.read(sys.stdin.fileno(), 1):
                return spans


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--dry", action="store_true")
    parser.add_argument("--sleep", type=int, metavar="CORE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.sleep is not None:
        print(json.dumps(sleep_until_told(arguments.sleep)))
        return
    with counting_stalls() as stalls:
        time.sleep(60.0 * arguments.minutes)
    row = [f"{arguments.minutes:.1f} min", *stalls.cells()]
    load = f"{os.getloadavg()[0]:.1f} processes wanted a core at its end"
    text = f"Measured on {machine()}; {load}.\n\n{table(HEAD, [row])}"
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "stalls", text)


if __name__ == "__main__":
    main()
