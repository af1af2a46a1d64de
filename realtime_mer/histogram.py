"""How often something took how long, in classes that Prometheus can add up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

LATENCY_BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Histogram:
    """Counts of observations up to each of some bounds; one thread observes, any may read.

    Args:
        bounds: upper ends of the classes, ascending; one without an end follows.
    """

    def __init__(self, bounds: Sequence[float] = LATENCY_BOUNDS_S) -> None:
        self.bounds = tuple(bounds)
        self._counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0
        """All that was observed, added up."""

    def observe(self, value: float) -> None:
        """Count a value; one at a bound belongs to the class below."""
        self._counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def cumulative(self) -> tuple[int, ...]:
        """Return how many were at most each bound; the last is how many there were at all."""
        total, found = 0, []
        for count in list(self._counts):
            total += count
            found.append(total)
        return tuple(found)
