"""Attacks a running tracker over its page's port: ``python -m soaks.attack``.

Twenty honest clients watch meanwhile. For each attack it is noted how late their estimates
came, how many they missed, and by how much the tracker's memory grew. Everything goes over
loopback; attackers and tracker share the machine, so it is noted how much of it each needed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.latency import machine
from benchmarks.timing import milliseconds, table, write_between_markers
from benchmarks.web_fanout import how_busy
from soaks.attackers import ATTACKS, COUNTS
from soaks.stand import Seen, stand

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
HEAD = ["attack", "how often", "honest clients: p99 late", "latest", "missed",
        "of a core: tracker / attackers", "memory grew by", "counted"]  # fmt: skip
TOLD = ("turned_away", "flooded", "cut_off", "refused", "misunderstood")


def row(name: str, seen: Seen) -> list[str]:
    """Return a row of the table, under :data:`HEAD`."""
    told = {metric.removesuffix("_total"): value for metric, value in seen.metrics.items()}
    return [
        name,
        f"{seen.done:,} in {seen.seconds:.0f} s",
        f"{milliseconds(seen.late_p99_ms)} ms",
        f"{milliseconds(seen.late_ms)} ms",
        str(seen.missed),
        f"{100 * seen.busy:.0f} / {100 * seen.attackers_busy:.0f} %",
        f"{seen.grew_mib:.1f} MiB",
        ", ".join(f"{metric} {value:.0f}" for metric, value in told.items() if metric in TOLD),
    ]


def main() -> None:
    """Try every attack and write down what it did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each attack")
    parser.add_argument("--only", nargs="+", choices=ATTACKS, default=list(ATTACKS))
    parser.add_argument("--dry", action="store_true", help="print it instead")
    arguments = parser.parse_args()
    rows: list[list[str]] = []
    before = os.getloadavg()[0]
    with stand() as attacked:
        for name in arguments.only:
            seen = attacked.suffer(arguments.seconds, name, count=COUNTS.get(name, 0))
            print(name, json.dumps(asdict(seen)), file=sys.stderr, flush=True)
            rows.append(row(name, seen))
    text = f"{table(HEAD, rows)}\n\nMeasured on {machine()}; {how_busy(before)}."
    if arguments.dry:
        print(text)
    else:
        write_between_markers(PAGE, "attacks", text)


if __name__ == "__main__":
    main()
