"""Values that follow quickly one way and slowly the other."""

from __future__ import annotations

import math
from collections.abc import Sequence


class OnePole:
    """Follows a value exponentially, with one time constant upwards and one downwards.

    The step is the exact solution of y' = (u - y) / T for a u that holds still, whose way
    never changes direction: ten short steps end where one long one does.

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
        time_constant_s = self._rise_s if value is None or aim > value else self._fall_s
        if value is None or time_constant_s <= 0.0:
            self._value = aim
            return aim
        moved = value + (aim - value) * -math.expm1(-max(interval_s, 0.0) / time_constant_s)
        # Rounding could lead beyond the aim by one unit in the last place.
        self._value = min(moved, aim) if aim > value else max(moved, aim)
        return self._value

    def reset(self) -> None:
        """Forget where it was."""
        self._value = None


class Smoothing:
    """Follows several values at once, each as :class:`OnePole` does.

    Args:
        count: how many values.
        rise_s: time constant on the way up; 0 for none.
        fall_s: time constant on the way down; 0 for none.
    """

    def __init__(self, count: int, rise_s: float = 0.0, fall_s: float = 0.0) -> None:
        self._poles = [OnePole(rise_s, fall_s) for _ in range(count)]

    def step(self, aims: Sequence[float], interval_s: float) -> tuple[float, ...]:
        """Return the values after some time on the way to their aims."""
        return tuple(
            pole.step(aim, interval_s) for pole, aim in zip(self._poles, aims, strict=True)
        )
