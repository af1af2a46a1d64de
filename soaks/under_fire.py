"""JACK at 512 frames, 200 pages, busy cores and a slow disk: no sample may be lost.

``python -m soaks.under_fire`` takes twice ten minutes, with JACK as it starts by itself and with
``--sync``, and writes ``docs/reliability.md``; ``--minutes 1`` makes it shorter, ``--dry`` prints
instead of writing.
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
from soaks.listening import BESIDE_SHORT_S, MODES, Heard, listening
from soaks.stalls import PAGE, counting_stalls

CLIENTS = 200
WRITE_MS = 20
SHIM = Path(__file__).with_name("slow_disk.c")
HEAD = ["over", "time", "samples heard", "lost", "lost by jack_rec", "turns JACK gave nobody",
        "estimates", "missing", "xruns told", "messages the slowest page had", "load"]  # fmt: skip
BURN = "while :; do :; done"


@dataclass(frozen=True, slots=True)
class Survived:
    """What came through.

    Attributes:
        heard: the sound, and what the tracker said.
        fewest: messages that the page with the fewest has had.
        load: processes that wanted a core, on average over the last minute.
    """

    heard: Heard
    fewest: int
    load: float

    def row(self, name: str, seconds: float) -> list[str]:
        """Return a row of the table, under :data:`HEAD`."""
        return [
            name,
            f"{seconds / 60:.1f} min",
            *self.heard.cells,
            str(self.heard.status["drops"]),
            f"{self.fewest:,}",
            f"{self.load:.0f} on {os.cpu_count()} cores",
        ]


def under_fire(
    seconds: float, *, waits: bool, beside: bool = False, clients: int = CLIENTS
) -> Survived:
    """Listen to JACK while everything else happens at once.

    Args:
        seconds: how long.
        waits: whether JACK waits for its clients.
        beside: whether ``jack_rec`` listens, too.
        clients: pages.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        slow = {
            "LD_PRELOAD": str(compiled(folder)),
            "SLOW_DISK": str(folder / "heard"),
            "SLOW_DISK_MS": str(WRITE_MS),
        }
        with listening(folder, waits=waits, extra=slow) as listener, busy_cores():
            audience = subprocess.Popen(
                [sys.executable, "-m", "soaks.audience", listener.running.url, str(clients)],
                stdout=subprocess.PIPE,
                text=True,
            )
            if audience.stdout is None or "watching" not in audience.stdout.readline():
                raise RuntimeError("the pages cannot connect")
            listener.begin(seconds - BESIDE_SHORT_S if beside else None)
            time.sleep(seconds)
            load = os.getloadavg()[0]
            audience.terminate()
            fewest = int(audience.stdout.readline())
            audience.wait(30)
            return Survived(listener.finish(), fewest, load)


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
    seconds = 60.0 * arguments.minutes
    with counting_stalls() as stalls:
        rows = [
            under_fire(seconds, waits=waits, beside=True).row(mode, seconds)
            for mode, waits in MODES.items()
        ]
    text = f"Measured on {machine()}; meanwhile {stalls.sentence()}.\n\n{table(HEAD, rows)}"
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "under-fire", text)


if __name__ == "__main__":
    main()
