"""Weights of the moods."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.mood import mood
from realtime_mer.routes.regions import MOODS, centre, membership

unit = st.floats(-1, 1)


@given(unit, unit)
def test_the_weights_add_up_to_one(arousal: float, valence: float) -> None:
    """Everywhere the nine weights are 0 to 1 and sum to 1."""
    weights = [membership(word, arousal, valence) for word in MOODS]
    assert all(0.0 <= weight <= 1.0 for weight in weights)
    assert sum(weights) == pytest.approx(1.0)


@pytest.mark.parametrize("word", MOODS)
def test_a_mood_is_all_there_is_at_its_centre(word: str) -> None:
    """At its centre a mood weighs 1 and has the word."""
    assert membership(word, *centre(word)) == pytest.approx(1.0)
    assert mood(*centre(word)) == word


@given(unit, unit)
def test_the_word_has_the_greatest_weight(arousal: float, valence: float) -> None:
    """Away from borders, the word is the mood with the greatest weight of all."""
    weights = {word: membership(word, arousal, valence) for word in MOODS}
    ranked = sorted(weights.values())
    # Where neutral and a sector border meet, three have about the same.
    if ranked[-1] - ranked[-2] > 0.34:
        assert max(weights, key=weights.__getitem__) == mood(arousal, valence)


@given(st.floats(-math.pi, math.pi), st.floats(0, 1))
def test_the_weights_have_no_jump(angle: float, radius: float) -> None:
    """Close points have close weights, over the seam at the left as well."""
    here = radius * math.sin(angle), radius * math.cos(angle)
    there = (1e-7 - here[0], here[1]) if abs(here[0]) < 1e-8 else (here[0] + 1e-9, here[1])
    if radius > 0.01:
        for word in MOODS:
            assert membership(word, *here) == pytest.approx(membership(word, *there), abs=1e-4)
