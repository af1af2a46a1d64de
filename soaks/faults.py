"""Does to a running tracker what happens to sound on a stage, and measures how it takes it.

``python -m soaks.faults`` tries everything and writes the table in ``docs/reliability.md``;
``--dry`` prints it instead. The tests try the same, and hold it to its limits.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.latency import machine
from benchmarks.timing import table, write_between_markers
from soaks.happenings import FAULTS, Fault
from soaks.scene import scene
from tests.support.program import Received

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
SETTLED_ESTIMATES = 12
"""The sample clock knows a device after 4 s."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a fault was taken.

    Attributes:
        inactive_s: from the fault to ``/mer/active 0``; None where it never came.
        said: the first message of a status that says ``lost``.
        said_s: from the fault to that status.
        again_s: from the end of the fault to ``/mer/active 1``.
        status: the last one.
        gaps: estimates whose number is missing.
        late_s: by how much stream time is behind the wall at the end.
        messages: every ``/mer/active`` with its time since the fault.
    """

    inactive_s: float | None
    said: str
    said_s: float | None
    again_s: float
    status: dict[str, Any]
    gaps: int
    late_s: float
    messages: list[tuple[float, int]] = field(repr=False)

    def row(self, name: str) -> list[str]:
        """Return a row of the table, under :data:`HEAD`."""
        status = self.status
        return [
            name,
            self.said or "nothing",
            "–" if self.inactive_s is None else f"{self.inactive_s:.1f} s",
            f"{self.again_s:.1f} s",
            f"{status['filled_s']:.1f} s",
            f"{status['skipped_s']:.1f} s",
            str(status["reconnects"]),
        ]


HEAD = ["what happened", "what was said", "`active 0` after", "values flow, once it is over, after",
        "filled", "skipped", "reconnects"]  # fmt: skip


def attempt(fault: Fault, folder: Path, settled: int = SETTLED_ESTIMATES) -> Outcome:
    """Let a fault happen and wait until it is over.

    Args:
        fault: what happens.
        folder: for everything.
        settled: estimates of music before it and after.
    """
    with scene(fault.kind, folder, *fault.flags, settled=settled) as stage:
        before, offset_s = stage.show.statuses[-1], stage.show.offset_s
        struck_s = time.monotonic()
        fault.strike(stage)
        inactive_s = stage.wait_for_active(struck_s, 0) if fault.lost else None
        time.sleep(max(0.0, struck_s + fault.away_s - time.monotonic()))
        mended_s = time.monotonic() if fault.mend else struck_s
        if fault.mend is not None:
            fault.mend(stage)
        again_s = stage.wait_for_active(max(mended_s, inactive_s or 0.0), 1)
        stage.show.wait_for_estimates(len(stage.show.sequences) + settled)
        time.sleep(1.2)  # for a last status
        said = [
            status
            for status in stage.show.statuses
            if status["state"] == "lost" and status["arrived_s"] > struck_s
        ]
        active = stage.receiver.messages("/mer/active")
        return Outcome(
            inactive_s=None if inactive_s is None else inactive_s - struck_s,
            said=said[0]["message"].split(":")[0].split(". ")[0] if said else "",
            said_s=said[0]["arrived_s"] - struck_s if said else None,
            again_s=again_s - mended_s,
            status=stage.show.statuses[-1],
            gaps=stage.show.gaps,
            late_s=stage.show.offset_s - offset_s if before else 0.0,
            messages=[_since(message, struck_s) for message in active],
        )


def _since(message: Received, struck_s: float) -> tuple[float, int]:
    return message.arrived_s - struck_s, int(message.arguments[0])


def main() -> None:
    """Try everything and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true")
    parser.add_argument("--only", choices=FAULTS, action="append")
    arguments = parser.parse_args()
    rows = []
    for key in arguments.only or FAULTS:
        fault = FAULTS[key]
        with tempfile.TemporaryDirectory() as folder:
            outcome = attempt(fault, Path(folder))
        rows.append(outcome.row(fault.name))
        print(key, outcome, file=sys.stderr, flush=True)
    text = f"Measured on {machine()}.\n\n{table(HEAD, rows)}"
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "sound-faults", text)


if __name__ == "__main__":
    main()
