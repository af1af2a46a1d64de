"""What a rated recording is, and reading tables so that an error names its row."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from realtime_mer.errors import UserError

Kind = Literal["static", "dynamic", "quadrant", "none"]

# Russell's quadrants, as signs of (arousal, valence).
QUADRANT_SIGNS = {"Q1": (1.0, 1.0), "Q2": (1.0, -1.0), "Q3": (-1.0, -1.0), "Q4": (-1.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Ratings:
    """What people said of a recording, over the spans of time they said it of.

    Attributes:
        kind: ``"static"`` (one value for the recording), ``"dynamic"`` (one a span),
            ``"quadrant"`` (one pair of signs, ±1: not magnitudes) or ``"none"``.
        spans_s: start and end of each span in seconds of the recording, ``[n, 2]``
            float64; a static rating spans (0, inf).
        mean: raters' mean of arousal and valence, ``[n, 2]`` float32, -1 to 1.
        spread: standard deviation between raters, ``[n, 2]`` float32; nan if unknown.
        raters: number of raters behind each mean; 0 if unknown.
        dominance: raters' mean of dominance, ``[n]`` float32, -1 to 1; None where nobody
            was asked. Only systems of three dimensions learn from it.
    """

    kind: Kind
    spans_s: NDArray[np.float64]
    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    raters: int = 0
    dominance: NDArray[np.float32] | None = None

    @classmethod
    def static(
        cls,
        arousal: float,
        valence: float,
        spread: tuple[float, float] | None = None,
        raters: int = 0,
        dominance: float | None = None,
    ) -> Ratings:
        """Build the rating of a whole recording."""
        return cls(
            "static",
            np.array([[0.0, np.inf]]),
            np.array([[arousal, valence]], np.float32),
            np.array([spread or (np.nan, np.nan)], np.float32),
            raters,
            None if dominance is None else np.array([dominance], np.float32),
        )

    @classmethod
    def none(cls) -> Ratings:
        """Build the ratings of a recording nobody rated: no span at all."""
        empty = np.empty((0, 2), np.float32)
        return cls("none", np.empty((0, 2)), empty, empty)

    @classmethod
    def quadrant(cls, name: str) -> Ratings:
        """Build the pair of signs that a quadrant ``"Q1"`` to ``"Q4"`` stands for."""
        signs = np.array([QUADRANT_SIGNS[name]], np.float32)
        return cls(
            "quadrant", np.array([[0.0, np.inf]]), signs, np.full((1, 2), np.nan, np.float32)
        )

    @classmethod
    def dynamic(
        cls,
        spans_s: NDArray[np.float64],
        mean: NDArray[np.float32],
        spread: NDArray[np.float32],
        raters: int = 0,
    ) -> Ratings:
        """Build ratings over time from ``[n, 2]`` spans, means and spreads."""
        return cls(
            "dynamic",
            np.asarray(spans_s, np.float64),
            np.asarray(mean, np.float32),
            np.asarray(spread, np.float32),
            raters,
        )


@dataclass(frozen=True, slots=True)
class Recording:
    """One rated recording.

    Attributes:
        dataset: name of the dataset.
        id: unique within the dataset.
        path: audio file, or a MIDI file to be rendered; None where only features exist.
        group: recordings of one group never stand on both sides of a split.
        ratings: what the raters said.
        licence: terms of the recording and its ratings.
        cut_s: length to cut the sound at, in seconds; None for all of it.
        skip_s: start of the sound that belongs to the ratings, in seconds.
    """

    dataset: str
    id: str
    path: Path | None
    group: str
    ratings: Ratings
    licence: str
    cut_s: float | None = None
    skip_s: float = 0.0

    @property
    def key(self) -> str:
        """Name unique among all datasets."""
        return f"{self.dataset}/{self.id}"

    @property
    def is_midi(self) -> bool:
        """Whether the recording must be rendered first."""
        return self.path is not None and self.path.suffix.lower() in (".mid", ".midi")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table that can say where it stands."""

    table: Path
    line: int
    cells: dict[str, str]

    def error(self, what: str) -> UserError:
        """Return the error that names the file and the row."""
        return UserError(f"{self.table}, line {self.line}: {what}.")

    def text(self, column: str) -> str:
        """Return a cell that must not be empty."""
        value = (self.cells.get(column) or "").strip()
        if not value:
            raise self.error(f"the column '{column}' is empty")
        return value

    def number(self, column: str, low: float = -math.inf, high: float = math.inf) -> float:
        """Return a finite number within ``low`` to ``high``."""
        value = self.text(column)
        try:
            number = float(value)
        except ValueError:
            raise self.error(f"'{value}' in the column '{column}' is not a number") from None
        if not math.isfinite(number) or not low <= number <= high:
            raise self.error(f"{column} is {value}, which is outside {low:g} to {high:g}")
        return number

    def quadrant(self, column: str) -> str:
        """Return ``"Q1"`` to ``"Q4"``."""
        value = self.text(column)
        if value not in QUADRANT_SIGNS:
            raise self.error(f"'{value}' in the column '{column}' is not one of Q1, Q2, Q3, Q4")
        return value

    def file(self, path: Path) -> Path:
        """Return a path that exists."""
        if not path.is_file():
            raise self.error(f"its file {path} is missing")
        return path


def read_table(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a CSV file that has at least ``columns``.

    Raises:
        UserError: the file is missing, is not text, lacks a column, has a short row or no row.
    """
    if not path.is_file():
        raise UserError(f"The table {path} is missing; the dataset is not complete.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            names = [name.strip() for name in reader.fieldnames or []]
            missing = [column for column in columns if column not in names]
            if missing:
                raise UserError(f"{path} has no column '{missing[0]}'; it has {', '.join(names)}.")
            reader.fieldnames = names
            empty = True
            for cells in reader:
                empty = False
                row = Row(path, reader.line_num, cells)
                if None in cells or None in cells.values():
                    raise row.error(f"it does not have the {len(names)} cells of the header")
                yield row
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start})."
        ) from None
    if empty:
        raise UserError(f"{path} has a header and no rows.")


def require_unique(recordings: list[Recording], table: Path) -> list[Recording]:
    """Return the recordings, which must have ids of their own."""
    seen: set[str] = set()
    for recording in recordings:
        if recording.id in seen:
            raise UserError(f"{table} names '{recording.id}' twice; each id may stand once.")
        seen.add(recording.id)
    return recordings
