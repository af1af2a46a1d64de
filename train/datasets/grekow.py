"""Grekow's excerpts: 6 s from ten genres, experts' mean arousal and valence."""

from __future__ import annotations

from pathlib import Path

from train.datasets.base import Ratings, Recording, read_table, require_unique

LICENCE = "research use (Grekow)"


def load(folder: Path) -> list[Recording]:
    """Load ``clips.csv``; several excerpts of one track share its group."""
    table = folder / "clips.csv"
    recordings = []
    for row in read_table(table, ("id", "arousal", "valence")):
        name = row.text("id")
        path = row.file(folder / "audio" / f"{name}.opus")
        ratings = Ratings.static(row.number("arousal", -1, 1), row.number("valence", -1, 1))
        recordings.append(Recording("grekow", name, path, name, ratings, LICENCE))
    return require_unique(recordings, table)
