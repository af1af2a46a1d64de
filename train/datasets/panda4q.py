"""The 4Q audio emotion dataset: 30 s clips of all genres, one of four quadrants each.

Panda, Malheiro, Paiva, "Novel audio features for music emotion recognition",
IEEE Transactions on Affective Computing (2018).
"""

from __future__ import annotations

from pathlib import Path

from train.datasets.base import Ratings, Recording, read_table, require_unique

LICENCE = "research use (4Q audio emotion dataset)"


def load(folder: Path) -> list[Recording]:
    """Load ``songs.csv``; the group is the artist."""
    table = folder / "songs.csv"
    recordings = []
    for row in read_table(table, ("id", "artist", "quadrant")):
        name = row.text("id")
        path = row.file(folder / "audio" / f"{name}.opus")
        # A clip without a named artist stands alone rather than with all other such clips.
        group = row.cells["artist"].strip() or name
        ratings = Ratings.quadrant(row.quadrant("quadrant"))
        recordings.append(Recording("panda4q", name, path, group, ratings, LICENCE))
    return require_unique(recordings, table)
