"""The whole set so far, in a few megabytes, and as files to take home."""

from __future__ import annotations

import json
from array import array
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from realtime_mer.estimate import Estimate
from realtime_mer.mood import mood
from realtime_mer.rows import DECIMALS, DEFAULT_DIMENSIONS, LEVEL_DECIMALS, columns

MOST_ESTIMATES = 12 * 7200
"""Twelve hours at two a second; about 40 bytes each."""
DROPPED_AT_ONCE = 1800
"""How many of the oldest go when there are more: a quarter of an hour, so that it is rare."""
MOST_MARKS = 1000

FORMAT = 1
NUMBERS = {"level_db": LEVEL_DECIMALS}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The set at one moment; any thread may write it down.

    Attributes:
        dimensions: of the model.
        sequence: number of each estimate.
        time_s: stream time of each.
        values: means, spreads and ``level_db`` by name.
        active: 1 where there is music.
        moods: number of each word in ``words``.
        words: that occur.
        marks: stream time and label.
    """

    dimensions: tuple[str, ...]
    sequence: array[int]
    time_s: array[float]
    values: Mapping[str, array[float]]
    active: array[int]
    moods: array[int]
    words: tuple[str, ...]
    marks: tuple[tuple[float, str], ...]

    def csv(self) -> Iterator[str]:
        """Write it in pieces, as ``--record set.csv`` would have."""
        names = columns(self.dimensions)
        yield ",".join(names) + "\n"
        formats = {"time_s": "{:.1f}", "active": "{}", "level_db": f"{{:.{LEVEL_DECIMALS}f}}"}
        line = ",".join(formats.get(name, f"{{:.{DECIMALS}f}}") for name in names) + "\n"
        known: dict[str, Sequence[float]] = {
            **self.values, "time_s": self.time_s, "active": self.active,
        }  # fmt: skip
        table = [known[name] for name in names]
        for start in range(0, len(self.time_s), DROPPED_AT_ONCE):
            rows = zip(*(column[start : start + DROPPED_AT_ONCE] for column in table), strict=True)
            yield "".join(line.format(*row) for row in rows)

    def json(self, about: Mapping[str, object]) -> Iterator[str]:
        """Write it in pieces as one JSON object, column by column.

        Args:
            about: what else is said of the run.
        """
        head = {"format": FORMAT, **about, "dimensions": self.dimensions, "moods": self.words}
        marks = [{"time_s": time_s, "label": label} for time_s, label in self.marks]
        yield json.dumps(head, allow_nan=False)[:-1]
        yield f', "marks": {json.dumps(marks)}, "columns": {{'
        yield f'"sequence": {json.dumps(self.sequence.tolist())}'
        yield f', "time_s": {json.dumps(self.time_s.tolist())}'
        for name, column in self.values.items():
            decimals = NUMBERS.get(name, DECIMALS)
            rounded = [round(value, decimals) + 0.0 for value in column]
            yield f", {json.dumps(name)}: {json.dumps(rounded, allow_nan=False)}"
        yield f', "active": {json.dumps(self.active.tolist())}'
        yield f', "mood": {json.dumps(self.moods.tolist())}}}}}\n'


class History:
    """Keeps every estimate of the set, the oldest going when there are too many."""

    def __init__(self, most: int = MOST_ESTIMATES) -> None:
        self._most = most
        self._begin(DEFAULT_DIMENSIONS)

    def __len__(self) -> int:
        return len(self._time_s)

    def take(self, estimate: Estimate) -> None:
        """Keep an estimate; one whose number falls back begins anew."""
        fell_back = bool(self._sequence) and estimate.sequence <= self._sequence[-1]
        if fell_back or estimate.dimensions != self._dimensions:
            self._begin(estimate.dimensions)
        word = estimate.mood or mood(estimate.arousal, estimate.valence)
        self._sequence.append(estimate.sequence)
        self._time_s.append(estimate.time_s)
        for name, value in estimate.values().items():
            self._values[name].append(value)
        self._values["level_db"].append(estimate.level_db)
        self._active.append(estimate.active)
        self._moods.append(self._words.setdefault(word, len(self._words)))
        self._marks.extend((estimate.time_s, label) for label in estimate.marks)
        if len(self._time_s) > self._most:
            for column in self._columns():
                del column[:DROPPED_AT_ONCE]

    def snapshot(self) -> Snapshot:
        """Return a copy, in about a millisecond."""
        return Snapshot(
            dimensions=self._dimensions,
            sequence=self._sequence[:],
            time_s=self._time_s[:],
            values={name: column[:] for name, column in self._values.items()},
            active=self._active[:],
            moods=self._moods[:],
            words=tuple(self._words),
            marks=tuple(self._marks),
        )

    def _begin(self, dimensions: Sequence[str]) -> None:
        names = (*dimensions, *(f"{name}_std" for name in dimensions), "level_db")
        self._dimensions: tuple[str, ...] = tuple(dimensions)
        self._sequence: array[int] = array("Q")
        self._time_s: array[float] = array("d")
        self._values: dict[str, array[float]] = {name: array("f") for name in names}
        self._active: array[int] = array("B")
        self._moods: array[int] = array("B")
        self._words: dict[str, int] = {}
        self._marks: deque[tuple[float, str]] = deque(maxlen=MOST_MARKS)

    def _columns(self) -> list[array[int] | array[float]]:
        return [self._sequence, self._time_s, *self._values.values(), self._active, self._moods]
