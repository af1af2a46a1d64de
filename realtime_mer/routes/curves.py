"""The shapes between a range that comes in and one that goes out."""

from __future__ import annotations

import math
from dataclasses import dataclass

NAMES = ("linear", "exponent", "s")


@dataclass(frozen=True, slots=True)
class Curve:
    """A monotone map that leaves 0 and 1 where they are.

    Attributes:
        name: ``linear``; ``exponent``, a power, which starts gently above 1 and steeply
            below; ``s``, slow at both ends (Hermite's 3t² - 2t³).
        exponent: of the power, above 0.
    """

    name: str = "linear"
    exponent: float = 2.0

    def __call__(self, position: float) -> float:
        """Bend a position, where 0 is the beginning of the range and 1 its end.

        Beyond the ends, which a route that does not clip lets through, the power goes on,
        mirrored below 0, and the S stays at its ends.
        """
        if self.name == "exponent":
            return math.copysign(abs(position) ** self.exponent, position)
        if self.name == "s":
            position = min(max(position, 0.0), 1.0)
            return position * position * (3.0 - 2.0 * position)
        return position
