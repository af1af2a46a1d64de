"""Words for the plane."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.mood import SECTORS, mood


def test_every_sector_has_its_word() -> None:
    """Going round from positive valence meets the words in order, each at its centre."""
    words = [
        mood(math.sin(k * math.pi / 4), math.cos(k * math.pi / 4)) for k in range(len(SECTORS))
    ]
    assert tuple(words) == SECTORS


def test_centre_is_neutral() -> None:
    """Near the centre no feeling is claimed."""
    assert mood(0.0, 0.0) == mood(0.05, -0.08) == "neutral"


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_words_agree_with_the_signs(arousal: float, valence: float) -> None:
    """What is called joyful or calm is pleasant, what is called tense or sad is not."""
    word = mood(arousal, valence)
    if word in ("joyful", "calm", "happy"):
        assert valence > 0
    if word in ("tense", "sad", "gloomy"):
        assert valence < 0
    if word in ("joyful", "tense", "energetic"):
        assert arousal > 0
    if word in ("calm", "sad", "quiet"):
        assert arousal < 0
