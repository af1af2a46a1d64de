"""Measured figures, and durations summed up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        key: its name for programs.
        what: for people.
        unit: ``"ms"``, ``"s"``, ``"MB"``, or ``""`` for a plain number.
        median, p95, p99: None where it was not measured; the last two also where there is
            but one value.
        count: how many measurements it rests on.
        note: how it was measured, or why it was not.
    """

    key: str
    what: str
    unit: str
    median: float | None
    p95: float | None = None
    p99: float | None = None
    count: int = 0
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the figure as JSON can say it."""
        return asdict(self)

    def cells(self) -> list[str]:
        """Return median, p95 and p99 for people, "not measured" where there is nothing."""
        if self.median is None:
            return ["not measured", "", ""]
        return [in_words(value, self.unit) for value in (self.median, self.p95, self.p99)]


def in_words(value: float | None, unit: str) -> str:
    """Write a number with three significant digits and its unit; nothing for None.

    >>> in_words(0.0123456, "ms"), in_words(1234.5, ""), in_words(None, "s"), in_words(62.04, "MB")
    ('0.0123 ms', '1,230', '', '62 MB')
    """
    if value is None:
        return ""
    if value == 0.0:
        return f"0 {unit}".strip()
    digits = max(0, 2 - int(np.floor(np.log10(abs(value)))))
    rounded = round(value, 2 - int(np.floor(np.log10(abs(value)))))
    text = f"{rounded:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}".strip()


def durations_s(
    work: Callable[[], object],
    *,
    seconds: float,
    least: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Run something again and again, after one run that does not count.

    Args:
        seconds: for how long.
        least: how many times even if that takes longer.

    Returns:
        How long each run took, in seconds.
    """
    work()
    durations: list[float] = []
    end_s = clock() + seconds
    while len(durations) < least or clock() < end_s:
        begin_s = clock()
        work()
        durations.append(clock() - begin_s)
    return durations


def figure_ms(
    key: str, what: str, durations: Sequence[float], *, parts: int = 1, note: str = ""
) -> Figure:
    """Sum up durations in seconds, each of them of ``parts`` equal pieces of work."""
    median, p95, p99 = 1e3 * np.quantile(durations, [0.5, 0.95, 0.99]) / parts
    return Figure(key, what, "ms", float(median), float(p95), float(p99), len(durations), note)
