"""Durations summed up, and tables written into a page between two markers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 95th percentile and largest of some durations, in milliseconds."""

    median_ms: float
    p95_ms: float
    longest_ms: float
    count: int

    @classmethod
    def of(cls, durations_s: Sequence[float]) -> Spread:
        """Sum up durations in seconds."""
        median, p95, longest = 1e3 * np.quantile(durations_s, [0.5, 0.95, 1.0])
        return cls(float(median), float(p95), float(longest), len(durations_s))

    def cells(self) -> list[str]:
        """Three cells of a table, in milliseconds."""
        return [milliseconds(value) for value in (self.median_ms, self.p95_ms, self.longest_ms)]


def milliseconds(value: float) -> str:
    """Write milliseconds with three significant digits.

    >>> milliseconds(0.01234), milliseconds(3.14159), milliseconds(512.3)
    ('0.012', '3.14', '512')
    """
    return f"{value:.3f}" if value < 1 else f"{value:.3g}"


def durations_of(work: Callable[[], object], count: int, warm_up: int = 20) -> list[float]:
    """Run something many times and return how long each took, in seconds."""
    for _ in range(warm_up):
        work()
    durations = []
    for _ in range(count):
        begin = time.perf_counter()
        work()
        durations.append(time.perf_counter() - begin)
    return durations


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_between_markers(page: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- NAME: begin -->`` and ``<!-- NAME: end -->``.

    Raises:
        ValueError: the page lacks the markers.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    content = page.read_text()
    before, found_begin, rest = content.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"{page} lacks the markers of {name}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}")
