"""The whole set so far, in a few megabytes, and as files to take home."""

from __future__ import annotations

import json
from array import array
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from realtime_mer.estimate import Estimate
from realtime_mer.mood import mood
from realtime_mer.rows import DECIMALS, DEFAULT_DIMENSIONS, LEVEL_DECIMALS, STREAM, columns
from realtime_mer.sinks.web.column import PIECE, Column

MOST_ESTIMATES = 12 * 7200
"""Twelve hours at two a second; about 40 bytes each."""
MOST_OF_STREAMS = 4 * MOST_ESTIMATES
"""Where a run has several streams, of all of them together: three hours of 16."""
DROPPED_AT_ONCE = PIECE
"""How many of the oldest go when there are more."""
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
        streams: number of each estimate's stream; 0 where a run has one alone.
    """

    dimensions: tuple[str, ...]
    sequence: array[int]
    time_s: array[float]
    values: Mapping[str, array[float]]
    active: array[int]
    moods: array[int]
    words: tuple[str, ...]
    marks: tuple[tuple[float, str], ...]
    streams: array[int]

    def of(self, stream: int) -> Snapshot:
        """Return the estimates of one stream, as if the run had no other."""
        rows = [row for row, number in enumerate(self.streams) if number == stream]

        def picked(column: array[Any]) -> array[Any]:
            return array(column.typecode, [column[row] for row in rows])

        return replace(
            self,
            sequence=picked(self.sequence),
            time_s=picked(self.time_s),
            values={name: picked(column) for name, column in self.values.items()},
            active=picked(self.active),
            moods=picked(self.moods),
            streams=array("H", bytes(2 * len(rows))),
        )

    def csv(self) -> Iterator[str]:
        """Write it in pieces, as ``--record set.csv`` would have."""
        several = any(self.streams)
        names = columns(self.dimensions, streams=several)
        yield ",".join(names) + "\n"
        formats = {
            "time_s": "{:.1f}", "active": "{}", STREAM: "{}",
            "level_db": f"{{:.{LEVEL_DECIMALS}f}}",
        }  # fmt: skip
        line = ",".join(formats.get(name, f"{{:.{DECIMALS}f}}") for name in names) + "\n"
        known: dict[str, Sequence[float]] = {
            **self.values, "time_s": self.time_s, "active": self.active, STREAM: self.streams,
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
        lists: dict[str, Sequence[float]] = {
            "sequence": self.sequence, "time_s": self.time_s, **self.values, "active": self.active,
            **({STREAM: self.streams} if any(self.streams) else {}), "mood": self.moods,
        }  # fmt: skip
        for number, (name, column) in enumerate(lists.items()):
            yield f"{', ' if number else ''}{json.dumps(name)}: "
            decimals = NUMBERS.get(name, DECIMALS) if name in self.values else None
            yield from _list_of(column, decimals)
        yield "}}\n"


def _list_of(column: Sequence[float], decimals: int | None) -> Iterator[str]:
    """Write a column as a list of JSON, some numbers at a time, rounded where that is asked for.

    To write all of them at once would keep every other thread waiting until it is done: 30 ms.
    """
    for start in range(0, len(column), PIECE):
        piece = list(column[start : start + PIECE])
        if decimals is not None:
            piece = [round(value, decimals) + 0.0 for value in piece]
        yield (", " if start else "[") + json.dumps(piece, allow_nan=False)[1:-1]
    yield "]" if column else "[]"


class History:
    """Keeps every estimate of the set, the oldest going when there are too many."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._begin(DEFAULT_DIMENSIONS)

    def __len__(self) -> int:
        return len(self._time_s)

    def take(self, estimate: Estimate) -> None:
        """Keep an estimate; one whose number falls back begins anew."""
        fell_back = estimate.sequence <= self._latest.get(estimate.stream, -1)
        if fell_back or estimate.dimensions != self._dimensions:
            self._begin(estimate.dimensions)
        word = estimate.mood or mood(estimate.arousal, estimate.valence)
        self._latest[estimate.stream] = estimate.sequence
        self._streams.append(estimate.stream)
        self._sequence.append(estimate.sequence)
        self._time_s.append(estimate.time_s)
        for name, value in estimate.values().items():
            self._values[name].append(value)
        self._values["level_db"].append(estimate.level_db)
        self._active.append(estimate.active)
        self._moods.append(self._words.setdefault(word, len(self._words)))
        self._marks.extend((estimate.time_s, label) for label in estimate.marks)
        most = self._most or (MOST_OF_STREAMS if estimate.stream else MOST_ESTIMATES)
        if len(self._time_s) > most:
            for column in self._columns():
                column.drop_oldest()

    def snapshot(self) -> Snapshot:
        """Return a copy, in about a millisecond."""
        return Snapshot(
            dimensions=self._dimensions,
            sequence=self._sequence.copy(),
            time_s=self._time_s.copy(),
            values={name: column.copy() for name, column in self._values.items()},
            active=self._active.copy(),
            moods=self._moods.copy(),
            words=tuple(self._words),
            marks=tuple(self._marks),
            streams=self._streams.copy(),
        )

    def _begin(self, dimensions: Sequence[str]) -> None:
        names = (*dimensions, *(f"{name}_std" for name in dimensions), "level_db")
        self._dimensions: tuple[str, ...] = tuple(dimensions)
        self._latest: dict[int, int] = {}
        self._streams: Column[int] = Column("H")
        self._sequence: Column[int] = Column("Q")
        self._time_s: Column[float] = Column("d")
        self._values: dict[str, Column[float]] = {name: Column("f") for name in names}
        self._active: Column[int] = Column("B")
        self._moods: Column[int] = Column("B")
        self._words: dict[str, int] = {}
        self._marks: deque[tuple[float, str]] = deque(maxlen=MOST_MARKS)

    def _columns(self) -> list[Column[int] | Column[float]]:
        return [
            self._sequence, self._time_s, *self._values.values(), self._active, self._moods,
            self._streams,
        ]  # fmt: skip
