"""The table for people and the record for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from realtime_mer import __version__
from realtime_mer.bench.figures import Figure
from realtime_mer.bench.verdict import verdict

if TYPE_CHECKING:
    from rich.table import Table

WIDTH_FOR_NOTES = 120


def processor() -> str:
    """Return the processor's name as its maker wrote it, where the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def machine() -> dict[str, object]:
    """Say what was measured on."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "realtime_mer": __version__,
    }


def record(figures: Sequence[Figure], model: str) -> dict[str, object]:
    """Return everything as JSON can say it."""
    return {
        "schema": 1,
        "machine": machine(),
        "model": model,
        "figures": [figure.as_dict() for figure in figures],
        "verdict": verdict(figures),
    }


def table(figures: Sequence[Figure], model: str, width: int) -> Table:
    """Return everything as a table for a terminal of so many columns."""
    from rich.table import Table

    about = machine()
    made = Table(
        title=f"{about['processor']}, {about['cores']} cores, model {model}", title_justify="left"
    )
    made.add_column("what", no_wrap=True)
    for name in ("median", "p95", "p99"):
        made.add_column(name, justify="right", no_wrap=True)
    with_notes = width >= WIDTH_FOR_NOTES
    if with_notes:
        made.add_column("how", style="dim")
    for figure in figures:
        made.add_row(figure.what, *figure.cells(), *([figure.note] if with_notes else []))
    return made
