"""How often somebody may do something: a bucket that refills with time."""

from __future__ import annotations

ROUNDING = 1e-9
"""So little may be missing: a third, taken three times, is one."""


class Allowance:
    """So many a second on average, and a stretch of that at once.

    Args:
        per_s: how many may be taken a second, above 0.
        now_s: the time now, in seconds.
        over_s: seconds the average is taken over: ``per_s * over_s`` may be taken at once.
    """

    def __init__(self, per_s: float, now_s: float, *, over_s: float = 10.0) -> None:
        self._per_s = per_s
        self._most = per_s * over_s
        self._left = self._most
        self._then_s = now_s

    def spend(self, now_s: float, amount: float = 1.0) -> bool:
        """Take some from the allowance; False, and nothing taken, where there is too little."""
        self._refill(now_s)
        if self._left < amount - ROUNDING:
            return False
        self._left = max(0.0, self._left - amount)
        return True

    def wait_s(self, now_s: float, amount: float = 1.0) -> float:
        """Return the seconds until so much is there; 0 where it is."""
        self._refill(now_s)
        return max(0.0, (amount - self._left) / self._per_s)

    def is_full(self, now_s: float) -> bool:
        """Tell whether nothing is missing, so that it could be forgotten."""
        self._refill(now_s)
        return self._left >= self._most - ROUNDING

    def _refill(self, now_s: float) -> None:
        self._left = min(self._most, self._left + max(0.0, now_s - self._then_s) * self._per_s)
        self._then_s = max(self._then_s, now_s)
