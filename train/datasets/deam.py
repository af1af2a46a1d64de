"""DEAM: ratings of 1,802 songs by a crowd, for the song and twice a second.

Aljanaki, Yang, Soleymani, "Developing a benchmark for emotional analysis of music",
PLoS ONE 12 (2017). Two layouts are read:

* as it is distributed: ``MEMD_audio/ID.mp3`` and, anywhere below the folder, the averaged
  dynamic ratings ``arousal.csv`` and ``valence.csv`` (-1 to 1, from 15 s on);
* ``static.csv`` alone (1 to 9), for songs of which only descriptors are at hand.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from realtime_mer.errors import UserError
from train.datasets.base import Ratings, Recording, Row, read_table, require_unique

LICENCE = "research use (DEAM, CC BY-NC 4.0)"
MIDDLE, HALF_RANGE = 5.0, 4.0
DIMENSIONS = ("arousal", "valence")
STEP_S = 0.5
EVALUATION_2015 = tuple(str(number) for number in range(2001, 2059))
"""Ids of MediaEval 2015's evaluation set: 58 whole songs."""
DEVELOPMENT_2015_SONGS = 431
DEVELOPMENT_2015 = "development_2015.csv"
"""Table of the ids of MediaEval 2015's development set (column ``song_id``), which the task's own
package lists: the songs whose raters agreed best, in no order a rule could tell."""

# In the song-level table as it is distributed the two dimensions are exchanged up to here.
LAST_EXCHANGED_ID = 1000


def load(folder: Path) -> list[Recording]:
    """Load whichever layout is there; the group is the song, as DEAM gives no artist there."""
    if (folder / "MEMD_audio").is_dir():
        return _load_audio(folder)
    table = folder / "static.csv"
    recordings = [
        Recording("deam", row.text("song_id"), None, row.text("song_id"), static(row), LICENCE)
        for row in read_table(table, static_columns())
    ]
    return require_unique(recordings, table)


def split_2015(
    folder: Path, recordings: list[Recording]
) -> tuple[list[Recording], list[Recording]]:
    """Return MediaEval 2015's development and evaluation set, 431 and 58 songs.

    Args:
        folder: of DEAM; holds :data:`DEVELOPMENT_2015`.
        recordings: as :func:`load` gives them.

    Raises:
        UserError: the table is missing or names other than 431 songs of DEAM, or a song of
            the evaluation set is not there.
    """
    table = folder / DEVELOPMENT_2015
    by_id = {r.id: r for r in recordings}
    development = []
    for row in read_table(table, ("song_id",)):
        name = row.text("song_id")
        if name not in by_id or name in EVALUATION_2015:
            raise row.error(f"{name} is no song of DEAM that one may learn from")
        development.append(by_id[name])
    require_unique(development, table)
    if len(development) != DEVELOPMENT_2015_SONGS:
        raise UserError(
            f"{table} names {len(development)} songs; MediaEval 2015's development set has "
            f"{DEVELOPMENT_2015_SONGS}."
        )
    missing = [name for name in EVALUATION_2015 if name not in by_id]
    if missing:
        raise UserError(f"{folder} lacks the song {missing[0]} of MediaEval 2015's evaluation set.")
    return development, [by_id[name] for name in EVALUATION_2015]


def static_columns() -> tuple[str, ...]:
    """Return the columns of a table of song-level ratings."""
    return ("song_id", *(f"{d}_{part}" for d in DIMENSIONS for part in ("mean", "std")))


def static(row: Row, exchanged: bool = False) -> Ratings:
    """Return a song-level rating, brought from 1..9 to -1..1.

    Args:
        row: of a table with :func:`static_columns`.
        exchanged: whether the table's arousal is valence and the reverse.
    """
    names = DIMENSIONS[::-1] if exchanged else DIMENSIONS
    mean = [(row.number(f"{d}_mean", 1, 9) - MIDDLE) / HALF_RANGE for d in names]
    spread = [row.number(f"{d}_std", 0, 8) / HALF_RANGE for d in names]
    return Ratings.static(mean[0], mean[1], (spread[0], spread[1]))


def load_distributed_static(table: Path) -> dict[str, Ratings]:
    """Read a song-level table as it is distributed and put its columns right, by id."""
    ratings = {}
    for row in read_table(table, static_columns()):
        exchanged = row.number("song_id", 1) <= LAST_EXCHANGED_ID
        ratings[row.text("song_id")] = static(row, exchanged)
    return ratings


def _load_audio(folder: Path) -> list[Recording]:
    tables = [_find(folder, name) for name in DIMENSIONS]
    rows = [{row.text("song_id"): row for row in read_table(t, ("song_id",))} for t in tables]
    recordings = []
    for name, row in rows[0].items():
        path = folder / "MEMD_audio" / f"{name}.mp3"
        if not path.is_file():
            raise row.error(f"its file {path} is missing")
        if name not in rows[1]:
            raise row.error(f"{tables[1].name} has no song {name}")
        series = [_series(table[name]) for table in rows]
        # Where one dimension was rated longer, only what both have counts.
        times = sorted(series[0].keys() & series[1].keys())
        if not times:
            raise row.error("it has no rating")
        ends = np.array(times)
        ratings = Ratings.dynamic(
            np.stack([ends - STEP_S, ends], axis=1),
            np.array([[one[t] for one in series] for t in times]),
            np.full((len(times), 2), np.nan),
        )
        recordings.append(Recording("deam", name, path, name, ratings, LICENCE))
    return require_unique(recordings, tables[0])


def _find(folder: Path, dimension: str) -> Path:
    """Return the averaged dynamic table of a dimension, wherever the archive was unpacked."""
    found = [
        p
        for p in sorted(folder.rglob(f"{dimension}.csv"))
        if any(part.startswith("dynamic") for part in p.parts)
    ]
    if not found:
        raise UserError(
            f"There is no dynamic {dimension}.csv under {folder}; "
            "unpack DEAM's annotations beside MEMD_audio."
        )
    return found[0]


def _series(row: Row) -> dict[float, float]:
    """Return the rating at each time in seconds; empty cells are songs that ended."""
    values = {}
    for column, cell in row.cells.items():
        if column.startswith("sample_") and (cell or "").strip():
            values[int(column[7:].removesuffix("ms")) / 1000.0] = row.number(column, -1, 1)
    return values
