"""How much a point of the arousal–valence plane belongs to each mood, as a number.

A word jumps from one estimate to the next; a picture that fades between scenes wants
weights. They overlap like the hats of linear interpolation: at the centre of a sector its
mood has all the weight, half way to the next each has half, and towards the middle of the
plane "neutral" takes over. The nine weights always add up to 1.
"""

from __future__ import annotations

import math

from realtime_mer.mood import NEUTRAL_RADIUS, SECTORS

MOODS = (*SECTORS, "neutral")

SECTOR_RAD = 2 * math.pi / len(SECTORS)
FULL_RADIUS = 2 * NEUTRAL_RADIUS
"""Distance from the centre from where on "neutral" has no weight; half way there it has half."""
CENTRE_RADIUS = math.sqrt(0.5)
"""How far out a mood's centre lies: joyful is arousal 0.5, valence 0.5."""


def membership(mood: str, arousal: float, valence: float) -> float:
    """Return how much a point belongs to a mood.

    Args:
        mood: one of :data:`MOODS`.
        arousal: -1 to 1.
        valence: -1 to 1.

    Returns:
        0 to 1.

    >>> membership("joyful", 0.5, 0.5), membership("neutral", 0.0, 0.0)
    (1.0, 1.0)
    """
    outward = min(math.hypot(arousal, valence) / FULL_RADIUS, 1.0)
    if mood == "neutral":
        return 1.0 - outward
    sectors_off = math.atan2(arousal, valence) / SECTOR_RAD - SECTORS.index(mood)
    sectors_off -= len(SECTORS) * round(sectors_off / len(SECTORS))
    return outward * max(0.0, 1.0 - abs(sectors_off))


def centre(mood: str) -> tuple[float, float]:
    """Return arousal and valence at the centre of a mood.

    >>> tuple(round(value, 3) for value in centre("tense"))
    (0.5, -0.5)
    """
    if mood == "neutral":
        return 0.0, 0.0
    angle = SECTORS.index(mood) * SECTOR_RAD
    return CENTRE_RADIUS * math.sin(angle), CENTRE_RADIUS * math.cos(angle)
