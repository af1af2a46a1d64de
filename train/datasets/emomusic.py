"""MediaEval 2013 "1000 songs": 2 Hz ratings by a crowd of 45 s excerpts.

Soleymani et al., "1000 songs for emotional analysis of music", CrowdMM 2013. Songs
without audio in the folder are left out: only a few are at hand here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from realtime_mer.errors import UserError
from train.datasets.base import Ratings, Recording, Row, read_table, require_unique

LICENCE = "research use (MediaEval 2013)"
FIRST_S = 15.0  # the raters' first 15 s settle their hand and are not published
STEP_S = 0.5
TABLES = ("arousal_cont_average", "valence_cont_average", "arousal_cont_std", "valence_cont_std")


def load(folder: Path) -> list[Recording]:
    """Load the songs whose 45 s excerpt is in ``audio/``; the group is the artist."""
    tables = [
        {row.text("song_id"): row for row in read_table(folder / f"{name}.csv", ("song_id",))}
        for name in TABLES
    ]
    recordings = []
    table = folder / "songs_info.csv"
    for row in read_table(table, ("song_id", "artist")):
        name = row.text("song_id")
        path = next(iter(sorted((folder / "audio").glob(f"{name}.*"))), None)
        if path is None:
            continue
        if any(name not in table for table in tables):
            raise row.error(f"song {name} has audio and no ratings over time")
        arousal, valence, arousal_std, valence_std = (_series(t[name]) for t in tables)
        n = min(map(len, (arousal, valence, arousal_std, valence_std)))
        # A rating at time t was given while the half second before it sounded.
        end_s = FIRST_S + STEP_S * np.arange(n)
        ratings = Ratings.dynamic(
            np.stack([end_s - STEP_S, end_s], axis=1),
            np.stack([arousal[:n], valence[:n]], axis=1),
            np.stack([arousal_std[:n], valence_std[:n]], axis=1),
        )
        group = row.cells["artist"].strip() or name
        recordings.append(Recording("emomusic", name, path, group, ratings, LICENCE))
    if not recordings:
        raise UserError(f"{folder / 'audio'} holds no song named in {table}.")
    return require_unique(recordings, table)


def _series(row: Row) -> np.ndarray:
    """Return the values at 15.0, 15.5, ... s up to the first empty cell."""
    values = []
    for i in range(len(row.cells) - 1):
        column = f"sample_{int(1000 * (FIRST_S + STEP_S * i))}ms"
        if not (row.cells.get(column) or "").strip():
            break
        values.append(row.number(column, -1, 1))
    return np.array(values, np.float32)
