"""JACK at 512 frames, 200 pages, busy cores and a slow disk: no sample may be lost.

``python -m soaks.under_fire`` takes ten minutes and writes ``docs/reliability.md``;
``--minutes 1`` makes it shorter, ``--dry`` prints instead of writing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.latency import machine
from benchmarks.timing import table, write_between_markers
from soaks.realtime import PAGE, Found, finish, listening_to_jack
from soaks.stalls import counting_stalls

CLIENTS = 200
WRITE_MS = 20
SHIM = Path(__file__).with_name("slow_disk.c")
HEAD = ["time", "samples heard", "lost", "estimates", "missing", "xruns told",
        "messages the slowest page had", "load"]  # fmt: skip
BURN = "while :; do :; done"


@dataclass(frozen=True, slots=True)
class Survived:
    """What came through.

    Attributes:
        found: the sound, and what the tracker said.
        fewest: messages that the page with the fewest has had.
        load: processes that wanted a core, on average over the last minute.
    """

    found: Found
    fewest: int
    load: float

    def row(self) -> list[str]:
        """Return a row of the table, under :data:`HEAD`."""
        _, minutes, samples, lost, _, estimates, missing, xruns, _ = self.found.row("")
        return [minutes, samples, lost, estimates, missing, xruns, f"{self.fewest:,}",
                f"{self.load:.0f} on {os.cpu_count()} cores"]  # fmt: skip


def under_fire(seconds: float, clients: int = CLIENTS) -> Survived:
    """Listen to JACK while everything else happens at once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        slow = {
            "LD_PRELOAD": str(compiled(folder)),
            "SLOW_DISK": str(folder / "heard"),
            "SLOW_DISK_MS": str(WRITE_MS),
        }
        with listening_to_jack(folder, extra=slow) as (running, heard), busy_cores():
            audience = subprocess.Popen(
                [sys.executable, "-m", "soaks.audience", running.url, str(clients)],
                stdout=subprocess.PIPE,
                text=True,
            )
            if audience.stdout is None or "watching" not in audience.stdout.readline():
                raise RuntimeError("the pages cannot connect")
            time.sleep(seconds)
            load = os.getloadavg()[0]
            audience.terminate()
            fewest = int(audience.stdout.readline())
            audience.wait(30)
            return Survived(finish(running, heard, seconds), fewest, load)


def compiled(folder: Path) -> Path:
    """Compile the slow disk."""
    library = folder / "slow_disk.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, SHIM, "-ldl"], check=True)
    return library


@contextmanager
def busy_cores() -> Iterator[None]:
    """Keep every core busy."""
    burners = [subprocess.Popen(["sh", "-c", BURN]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--dry", action="store_true")
    arguments = parser.parse_args()
    with counting_stalls() as stalls:
        survived = under_fire(60.0 * arguments.minutes)
    row = [*survived.row(), f"{stalls.count}, longest {1e3 * stalls.longest_s:.0f} ms"]
    head = [*HEAD, "stalls of the machine"]
    text = f"Measured on {machine()}.\n\n{table(head, [row])}"
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "under-fire", text)


if __name__ == "__main__":
    main()
