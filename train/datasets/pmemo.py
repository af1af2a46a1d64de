"""PMEmo: choruses of 794 popular songs, rated for the song and twice a second.

Zhang et al., "The PMEmo dataset for music emotion recognition", ICMR 2018. Ratings are on
0 to 1. Songs with ratings over time get those, from 15 s on; the others their static one.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from train.datasets.base import Ratings, Recording, Row, read_table, require_unique

LICENCE = "research use (PMEmo)"
STEP_S = 0.5
MEAN = ("Arousal(mean)", "Valence(mean)")
STD = ("Arousal(std)", "Valence(std)")


def load(folder: Path) -> list[Recording]:
    """Load ``annotations/`` and ``chorus/ID.mp3``; the group is the song."""
    notes = folder / "annotations"
    dynamic = _by_song(notes / "dynamic_annotations.csv", ("musicId", "frameTime", *MEAN))
    spreads = {
        (row.text("musicId"), row.number("frameTime")): row
        for row in read_table(notes / "dynamic_annotations_std.csv", ("musicId", "frameTime", *STD))
    }
    static_std = _by_song(notes / "static_annotations_std.csv", ("musicId", *STD))
    recordings = []
    table = notes / "static_annotations.csv"
    for row in read_table(table, ("musicId", *MEAN)):
        name = row.text("musicId")
        if name in dynamic:
            ratings = _dynamic(dynamic[name], spreads)
        else:
            mean = _mean(row)
            spread = _spread(static_std[name][0]) if name in static_std else None
            ratings = Ratings.static(mean[0], mean[1], spread)
        path = row.file(folder / "chorus" / f"{name}.mp3")
        recordings.append(Recording("pmemo", name, path, name, ratings, LICENCE))
    return require_unique(recordings, table)


def _by_song(table: Path, columns: tuple[str, ...]) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in read_table(table, columns):
        rows[row.text("musicId")].append(row)
    return rows


def _mean(row: Row) -> tuple[float, float]:
    """Return the means, brought from 0..1 to -1..1."""
    arousal, valence = (2.0 * row.number(column, 0, 1) - 1.0 for column in MEAN)
    return arousal, valence


def _spread(row: Row) -> tuple[float, float]:
    arousal, valence = (2.0 * row.number(column, 0, 1) for column in STD)
    return arousal, valence


def _dynamic(rows: list[Row], spreads: dict[tuple[str, float], Row]) -> Ratings:
    ends, means, stds = [], [], []
    for row in rows:
        key = (row.text("musicId"), row.number("frameTime", 0))
        if key not in spreads:
            raise row.error("dynamic_annotations_std.csv has no such song and time")
        ends.append(key[1])
        means.append(_mean(row))
        stds.append(_spread(spreads[key]))
    order = np.argsort(ends)
    end_s = np.array(ends)[order]
    spans = np.stack([end_s - STEP_S, end_s], axis=1)
    return Ratings.dynamic(spans, np.array(means)[order], np.array(stds)[order])
