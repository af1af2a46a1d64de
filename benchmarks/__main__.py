"""All that ``docs/benchmarks.md`` says, measured in one run: ``python -m benchmarks``.

Takes about five minutes on two cores. ``--dry`` prints instead of writing; ``--quick`` measures
so little that it only shows whether everything runs.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import date
from pathlib import Path

from benchmarks import gpu, marks, side_by_side
from benchmarks.timing import table, write_between_markers
from realtime_mer.bench.report import machine
from realtime_mer.model import load_model

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "img" / "benchmarks.png"
HEAD = ["what", "mark", "measured", ""]


def main() -> None:
    """Measure, then write the page and the plot, or print."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks")
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    parser.add_argument("--quick", action="store_true", help="measure very little")
    arguments = parser.parse_args()
    begin = time.monotonic()
    load = os.getloadavg()[0]

    def say(what: str) -> None:
        print(f"{time.monotonic() - begin:4.0f} s  {what}", flush=True)

    say("side by side")
    costs, missing = side_by_side.measure(3 if arguments.quick else side_by_side.ROUNDS)
    beside = side_by_side.describe(costs, missing)
    found = marks.one_stream(costs)
    say("batches and streams")
    found += [marks.batch(), marks.streams()]
    say("the program")
    found += marks.program_marks(8.0 if arguments.quick else 40.0)
    say("catalogues")
    found += marks.catalogue(*((2, 1) if arguments.quick else (6, 3)))
    say("GPU")
    devices = gpu.describe()
    say("done")
    about = machine()
    where = (
        f"Measured on {about['processor']}, {about['cores']} cores, {about['system']}, Python "
        f"{about['python']}, model {load_model(provider='cpu').name}, {date.today().isoformat()}, "
        f"load average {load:.1f} at the beginning."
    )
    sections = {
        "marks": f"{where}\n\n{table(HEAD, [mark.cells() for mark in found])}",
        "beside": beside,
        "gpu": devices,
    }
    for name, text in sections.items():
        print(f"\n{text}")
        if not arguments.dry:
            write_between_markers(PAGE, name, text)
    if not arguments.dry:
        side_by_side.plot(costs, PLOT)
        print(f"\nWrote {PAGE} and {PLOT}.")


if __name__ == "__main__":
    main()
