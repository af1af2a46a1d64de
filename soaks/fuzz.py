"""Runs the harnesses of Atheris and writes down how far they came: ``python -m soaks.fuzz``."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.timing import table, write_between_markers

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
HARNESSES = {
    "fuzz_web": "the page's port: requests, frames, messages, OSCQuery",
    "fuzz_control": "control by OSC: packets, bundles, levers",
}


def run(harness: str, seconds: int) -> list[str]:
    """Fuzz for so long; return a row of the table.

    Raises:
        RuntimeError: with what was found, if anything was.
    """
    command = [sys.executable, "-m", f"soaks.{harness}", "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    said = done.stderr
    if done.returncode:
        raise RuntimeError(said[-4000:])
    (runs, took_s) = re.findall(r"Done (\d+) runs in (\d+) second", said)[0]
    branches = re.findall(r"cov: (\d+)", said)[-1]
    return [HARNESSES[harness], f"{int(took_s):,} s", f"{int(runs):,}", branches, "none"]


def main() -> None:
    """Run all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="of each harness")
    parser.add_argument("--dry", action="store_true", help="print it instead")
    arguments = parser.parse_args()
    rows = [run(harness, arguments.seconds) for harness in HARNESSES]
    text = table(["what is sent to", "for", "inputs", "branches reached", "finds"], rows)
    if arguments.dry:
        print(text)
    else:
        write_between_markers(PAGE, "fuzz", text)


if __name__ == "__main__":
    main()
