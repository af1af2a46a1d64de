"""DEAM: ratings of 1,802 songs by a crowd, on 1 to 9.

Aljanaki, Yang, Soleymani, "Developing a benchmark for emotional analysis of music",
PLoS ONE 12 (2017). As ``static.csv`` (exchanged columns already put right) for songs of
which only openSMILE descriptors are at hand; they carry no audio.
"""

from __future__ import annotations

from pathlib import Path

from train.datasets.base import Ratings, Recording, read_table, require_unique

LICENCE = "research use (DEAM, CC BY-NC 4.0)"
MIDDLE, HALF_RANGE = 5.0, 4.0


def load(folder: Path) -> list[Recording]:
    """Load ``static.csv``, ratings brought from 1..9 to -1..1; the group is the song."""
    table = folder / "static.csv"
    recordings = []
    columns = ("song_id", "valence_mean", "valence_std", "arousal_mean", "arousal_std")
    for row in read_table(table, columns):
        name = row.text("song_id")
        mean = [
            (row.number(f"{d}_mean", 1, 9) - MIDDLE) / HALF_RANGE for d in ("arousal", "valence")
        ]
        spread = [row.number(f"{d}_std", 0, 8) / HALF_RANGE for d in ("arousal", "valence")]
        ratings = Ratings.static(mean[0], mean[1], (spread[0], spread[1]))
        recordings.append(Recording("deam", name, None, name, ratings, LICENCE))
    return require_unique(recordings, table)
