"""A plain folder: audio files and one CSV that says what people felt.

``ratings.csv`` has the columns ``file`` (relative to the folder), ``arousal`` and
``valence`` on -1 to 1, and may have ``group`` (an artist, say: recordings of one group
are never on both sides of a split), ``start_s`` and ``end_s`` (several rows of one file
then rate its parts).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from train.datasets.base import Ratings, Recording, Row, read_table, require_unique

LICENCE = "as the folder's own"


def load(folder: Path) -> list[Recording]:
    """Load ``ratings.csv`` of a folder."""
    table = folder / "ratings.csv"
    rows: dict[str, list[Row]] = {}
    for row in read_table(table, ("file", "arousal", "valence")):
        rows.setdefault(row.text("file"), []).append(row)
    recordings = []
    for name, parts in rows.items():
        first = parts[0]
        group = (first.cells.get("group") or "").strip() or name
        recordings.append(
            Recording("folder", name, first.file(folder / name), group, _ratings(parts), LICENCE)
        )
    return require_unique(recordings, table)


def _ratings(rows: list[Row]) -> Ratings:
    values = [[row.number("arousal", -1, 1), row.number("valence", -1, 1)] for row in rows]
    if not (rows[0].cells.get("start_s") or "").strip():
        if len(rows) > 1:
            raise rows[1].error(
                "its file is rated twice, and no start_s and end_s tell the parts apart"
            )
        return Ratings.static(values[0][0], values[0][1])
    spans = np.array([[row.number("start_s", 0), row.number("end_s", 0)] for row in rows])
    for i, row in enumerate(rows):
        if spans[i, 1] <= spans[i, 0]:
            raise row.error("end_s is not after start_s")
        if i and spans[i, 0] < spans[i - 1, 1]:
            raise row.error("it begins before the part above it ends")
    return Ratings.dynamic(spans, np.array(values), np.full((len(rows), 2), np.nan))
