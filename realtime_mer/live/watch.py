"""For how long nothing has come."""

from __future__ import annotations

LONGEST_LOOK_S = 0.25
"""A look that comes later than this means that we were held up, and counts for no more."""


class Watch:
    """Looks at a count from time to time; the caller brings the clock.

    A process that was stopped, or a machine that slept, finds the clock far ahead and nothing
    new. That says nothing about the device; so only time between looks that came when they
    should counts.
    """

    def __init__(self) -> None:
        self.still_s = 0.0
        """Seconds for which the count has stood still."""
        self._seen = -1
        self._looked_s = 0.0

    def look(self, count: int, now_s: float) -> float:
        """Look; return for how many seconds the count has stood still."""
        if count != self._seen:
            self._seen, self.still_s = count, 0.0
        else:
            self.still_s += min(now_s - self._looked_s, LONGEST_LOOK_S)
        self._looked_s = now_s
        return self.still_s
