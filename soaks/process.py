"""Ends, hangs and damages the program, and takes the time until values flow again.

``python -m soaks.process`` writes what it found into ``docs/reliability.md``; ``--dry`` prints.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from benchmarks.latency import machine
from benchmarks.timing import table, write_between_markers
from tests.support.program import OscReceiver, running
from tests.support.systemd import under_systemd

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
UNIT = ROOT / "docs" / "realtime-mer.service"
TRIES = 3
LIMIT_S = 120.0
HEAD = ["what happens", "until", "median", "longest"]


def flags(receiver: OscReceiver) -> list[str]:
    """Return what a run is started with: the demo, with page, OSC and no words."""
    return ["--device", "demo", "--osc", receiver.target, "--web", "127.0.0.1:0", "--quiet",
            "--no-announce"]  # fmt: skip


def end(number: signal.Signals) -> float:
    """Return the seconds from a signal to the end of a run that records values and sound."""
    with tempfile.TemporaryDirectory() as name, OscReceiver() as receiver:
        record = ["--record", f"{name}/set.jsonl", "--record-audio", f"{name}/set.flac"]
        with running(Path(name), *flags(receiver), *record) as program:
            receiver.wait_for("/mer/arousal", 4, LIMIT_S)
            code, seconds = program.interrupt(number)
    if code:
        raise RuntimeError(f"it ended with {code}")
    return seconds


def start(damage: Callable[[Path], None]) -> float:
    """Return the seconds from a start, with something done to the cache, to the first value."""
    with tempfile.TemporaryDirectory() as name, OscReceiver() as receiver:
        cache = Path(name) / "cache"
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
        with running(Path(name), *flags(receiver), environment=environment):
            receiver.wait_for("/mer/arousal", 1, LIMIT_S)
        damage(cache)
        before = len(receiver.messages("/mer/arousal"))
        begin_s = time.monotonic()
        with running(Path(name), *flags(receiver), environment=environment):
            receiver.wait_for("/mer/arousal", before + 1, LIMIT_S)
            return time.monotonic() - begin_s


def empty(cache: Path) -> None:
    """Leave files without anything in them."""
    for path in cache.rglob("*.nb?"):
        path.write_bytes(b"")


def hang() -> float:
    """Return the seconds without values around a SIGSTOP, under systemd with the unit of docs/."""
    with tempfile.TemporaryDirectory() as name, OscReceiver() as receiver:
        folder = Path(name) / ".config" / "systemd" / "user"
        folder.mkdir(parents=True)
        words = [sys.executable, "-m", "realtime_mer", *flags(receiver)]
        lines = UNIT.read_text(encoding="utf-8").splitlines()
        (folder / UNIT.name).write_text(
            "\n".join(
                f"ExecStart={shlex.join(words)}\nWorkingDirectory={ROOT}"
                if line.startswith("ExecStart=")
                else line
                for line in lines
            )
        )
        script = f"""
            pid() {{ systemctl --user show {UNIT.stem} --property=MainPID --value; }}
            systemctl --user start {UNIT.stem}
            first=$(pid)
            sleep 4
            kill -STOP "$first"
            until second=$(pid) && [ "$second" != 0 ] && [ "$second" != "$first" ]; do
                sleep 0.2
            done
            sleep 15
            systemctl --user stop {UNIT.stem}
        """
        done = under_systemd(Path(name), script, LIMIT_S)
        if done.returncode:
            raise RuntimeError(done.stderr)
        arrived = [message.arrived_s for message in receiver.messages("/mer/arousal")]
    return max(later - earlier for earlier, later in pairwise(arrived))


def row(what: str, until: str, measure: Callable[[], float], tries: int = TRIES) -> list[str]:
    """Return a row of the table, under :data:`HEAD`."""
    seconds = [measure() for _ in range(tries)]
    print(what, seconds, file=sys.stderr)
    longest = f"{max(seconds):.2f} s" if tries > 1 else "tried once"
    return [what, until, f"{statistics.median(seconds):.2f} s", longest]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true")
    arguments = parser.parse_args()
    rows = [
        row("Ctrl-C", "it has ended, all files closed", lambda: end(signal.SIGINT)),
        row("SIGTERM", "it has ended, all files closed", lambda: end(signal.SIGTERM)),
        row("the terminal closes (SIGHUP)", "it has ended", lambda: end(signal.SIGHUP)),
        row("start", "the first value", lambda: start(lambda _: None)),
        row("start, every file of the cache empty", "the first value", lambda: start(empty)),
        row("it hangs (SIGSTOP), the unit of docs/", "values flow again", hang, tries=1),
    ]
    busy = os.getloadavg()[1]
    text = f"Measured on {machine()}, {busy:.1f} programs at once on average.\n\n"
    text += table(HEAD, rows)
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "process", text)


if __name__ == "__main__":
    main()
