"""Rise and fall: an envelope follower that is right however often it is asked."""

from __future__ import annotations

import math


class OnePole:
    """Follows a value exponentially, with one time constant upwards and one downwards.

    The step is the exact solution of y' = (u - y) / tau for a u that holds still, so ten
    short steps end where one long one does.

    Args:
        rise_s: seconds to cover 63 % of the way up; 0 goes there at once.
        fall_s: the same on the way down.
    """

    def __init__(self, rise_s: float, fall_s: float) -> None:
        self._rise_s = rise_s
        self._fall_s = fall_s
        self._value: float | None = None

    def step(self, aim: float, interval_s: float) -> float:
        """Move towards an aim for some time and return where that leads.

        The first call goes to its aim at once: nothing was there before.
        """
        value = self._value
        if value is None:
            self._value = aim
            return aim
        time_constant_s = self._rise_s if aim > value else self._fall_s
        if time_constant_s <= 0.0:
            value = aim
        else:
            moved = value + (aim - value) * -math.expm1(-max(interval_s, 0.0) / time_constant_s)
            # Rounding could lead beyond the aim by one unit in the last place.
            value = min(moved, aim) if aim > value else max(moved, aim)
        self._value = value
        return value

    def reset(self) -> None:
        """Forget where it was."""
        self._value = None
