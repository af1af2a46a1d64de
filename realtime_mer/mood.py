"""Words for the regions of the arousal–valence plane (Russell's circumplex, 1980)."""

from __future__ import annotations

import math

NEUTRAL_RADIUS = 0.1
"""Distance from the centre within which no word but "neutral" is justified."""

# Eight sectors of 45 degrees, counter-clockwise, the first centred on positive valence.
SECTORS = ("happy", "joyful", "energetic", "tense", "gloomy", "sad", "quiet", "calm")


def mood(arousal: float, valence: float) -> str:
    """Return the word for a point of the plane.

    Args:
        arousal: -1 (calm) to 1 (excited).
        valence: -1 (unpleasant) to 1 (pleasant).

    Returns:
        One of :data:`SECTORS`, or ``"neutral"`` near the centre.

    >>> mood(0.5, 0.5), mood(0.5, -0.5), mood(-0.5, -0.5), mood(-0.5, 0.5)
    ('joyful', 'tense', 'sad', 'calm')
    """
    if math.hypot(arousal, valence) < NEUTRAL_RADIUS:
        return "neutral"
    sector = round(math.atan2(arousal, valence) / (math.pi / 4))
    return SECTORS[sector % len(SECTORS)]
