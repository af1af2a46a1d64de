"""VGMIDI: piano arrangements of game music, rated measure by measure by about 30 people.

Ferreira, Whitehead, "Learning to generate music with sentiment", ISMIR 2019.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from train.datasets.base import Ratings, Recording, Row, read_table, require_unique

LICENCE = "research use (VGMIDI)"


def load(folder: Path) -> list[Recording]:
    """Load the pieces whose measures are aligned; the group is the series of games."""
    measures: dict[str, list[Row]] = defaultdict(list)
    columns = ("midi", "t_start", "t_end", "arousal_mean", "arousal_std")
    for row in read_table(folder / "measures.csv", (*columns, "valence_mean", "valence_std")):
        measures[row.text("midi")].append(row)
    table = folder / "pieces.csv"
    recordings = []
    for row in read_table(table, ("midi", "series", "duration_s", "aligned", "n_annotators")):
        if row.text("aligned").lower() != "true":
            continue
        name = row.text("midi")
        if name not in measures:
            raise row.error(f"measures.csv has no measure of '{name}'")
        recordings.append(
            Recording(
                "vgmidi",
                name.removesuffix(".mid"),
                row.file(folder / "midi" / name),
                row.text("series"),
                _ratings(measures[name], int(row.number("n_annotators", 1))),
                LICENCE,
                cut_s=row.number("duration_s", 0.5),
            )
        )
    return require_unique(recordings, table)


def _ratings(rows: list[Row], raters: int) -> Ratings:
    spans = np.array([[row.number("t_start", 0), row.number("t_end", 0)] for row in rows])
    for row, (start_s, end_s) in zip(rows, spans, strict=True):
        if end_s <= start_s:
            raise row.error("t_end is not after t_start")
    dimensions = ("arousal", "valence")
    mean = [[row.number(f"{name}_mean", -1, 1) for name in dimensions] for row in rows]
    spread = [[row.number(f"{name}_std", 0, 2) for name in dimensions] for row in rows]
    return Ratings.dynamic(spans, np.array(mean), np.array(spread), raters)
