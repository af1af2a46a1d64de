"""The word for the mood, changed only by more than a tremble."""

from __future__ import annotations

import math

from realtime_mer.mood import NEUTRAL_RADIUS, SECTORS, mood

MARGIN = 0.05
"""How far a point must leave a region before its word changes."""

NEUTRAL = "neutral"
WORDS = (*SECTORS, NEUTRAL)


class MoodWord:
    """Follows a point of the plane and says which region it is in.

    A region is left only beyond :data:`MARGIN` around it. So while a point trembles within
    a circle of that diameter, wherever it lies, the word changes once at the most.

    Attributes:
        word: the present one; empty before the first point.
    """

    def __init__(self) -> None:
        self.word = ""

    def step(self, arousal: float, valence: float) -> str:
        """Return the word for the next point."""
        if not self.word or outside(self.word, arousal, valence) > MARGIN:
            self.word = mood(arousal, valence)
        return self.word


def outside(word: str, arousal: float, valence: float) -> float:
    """Return how far a point lies outside of a region, 0 within.

    For a point that is both beside a sector and inside the neutral circle it is the longer
    of the two ways, which is never more than the true one.
    """
    radius = math.hypot(arousal, valence)
    if word == NEUTRAL:
        return max(0.0, radius - NEUTRAL_RADIUS)
    away = abs(math.remainder(math.atan2(arousal, valence) - centre_angle(word), math.tau))
    beside = away - math.pi / len(SECTORS)  # beyond the nearer edge of the sector
    if beside <= 0.0:
        to_sector = 0.0
    elif beside < math.pi / 2:
        to_sector = radius * math.sin(beside)
    else:
        to_sector = radius  # the corner in the origin is nearest
    return max(to_sector, NEUTRAL_RADIUS - radius)


def centre_angle(word: str) -> float:
    """Return the direction of a sector's middle in radians, 0 towards positive valence."""
    return SECTORS.index(word) * math.tau / len(SECTORS)
