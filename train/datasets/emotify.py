"""Emotify: 60 s recordings, nine GEMS feelings picked by listeners, as contrasts.

Aljanaki, Wiering, Veltkamp, "Studying emotion induced by music through a crowdsourcing
game", Information Processing & Management 52 (2016).
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from train.datasets.base import Ratings, Recording, Row, read_table, require_unique

LICENCE = "research use (Emotify)"

# Weights of the feelings in each contrast and the scale that puts it on -1 to 1:
# value = gain * contrast + offset. The same contrast of one listener's picks gives the spread.
AROUSAL = {
    "joyful_activation": 1.0,
    "power": 1.0,
    "tension": 1.0,
    "amazement": 0.5,
    "calmness": -1.0,
    "tenderness": -1.0,
    "sadness": -1.0,
    "nostalgia": -0.5,
}
VALENCE = {
    "joyful_activation": 1.0,
    "tenderness": 1.0,
    "calmness": 0.5,
    "amazement": 0.5,
    "nostalgia": 0.25,
    "tension": -1.0,
    "sadness": -1.0,
    "solemnity": -0.5,
}
AROUSAL_GAIN = 0.25 / 0.8988
VALENCE_GAIN = 0.22 / 0.4923


def load(folder: Path) -> list[Recording]:
    """Load ``songs.csv``; the spread between listeners comes from ``listeners.csv``."""
    spread = _spread(folder / "listeners.csv")
    table = folder / "songs.csv"
    recordings = []
    for row in read_table(table, ("id", "artist", "listeners", "arousal", "valence")):
        name = row.text("id")
        ratings = Ratings.static(
            row.number("arousal", -1, 1),
            row.number("valence", -1, 1),
            spread.get(name),
            int(row.number("listeners", 1)),
        )
        path = row.file(folder / "audio" / f"{name}.opus")
        recordings.append(Recording("emotify", name, path, row.text("artist"), ratings, LICENCE))
    return require_unique(recordings, table)


def _spread(table: Path) -> dict[str, tuple[float, float]]:
    """Return the standard deviation of each song's contrasts between its listeners."""
    columns = tuple({*AROUSAL, *VALENCE, "id"})
    picks: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in read_table(table, columns):
        picks[row.text("id")].append(
            (AROUSAL_GAIN * _contrast(row, AROUSAL), VALENCE_GAIN * _contrast(row, VALENCE))
        )
    return {
        name: tuple(np.std(values, axis=0, ddof=1).tolist())
        for name, values in picks.items()
        if len(values) > 1
    }


def _contrast(row: Row, weights: dict[str, float]) -> float:
    return sum(weight * row.number(feeling, 0, 1) for feeling, weight in weights.items())
