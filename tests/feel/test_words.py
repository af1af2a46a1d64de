"""Words that do not flicker."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from realtime_mer.feel.words import MARGIN, WORDS, MoodWord, centre_angle, outside
from realtime_mer.mood import SECTORS, mood

UNIT = st.floats(-1, 1)
SHARE = st.floats(0, 1)
DISC = st.tuples(SHARE, st.floats(0, math.tau))


def changes(words: list[str]) -> int:
    """How often a word differs from the one before."""
    return sum(before != after for before, after in pairwise(words))


@given(
    middle=st.tuples(UNIT, UNIT), jitter=st.lists(DISC, max_size=50), first=st.tuples(UNIT, UNIT)
)
@example(middle=(0.0, 0.1), jitter=[(1.0, 0.0), (1.0, math.pi)] * 10, first=(0.0, 1.0))
def test_a_trembling_point_changes_the_word_once_at_most(
    middle: tuple[float, float],
    jitter: list[tuple[float, float]],
    first: tuple[float, float],
) -> None:
    """Wherever it trembles, within a circle of the margin's diameter, whatever was before."""
    follower = MoodWord()
    words = [follower.step(*first)]
    for share, angle in jitter:
        radius = 0.49 * MARGIN * share
        words.append(
            follower.step(
                middle[0] + radius * math.sin(angle), middle[1] + radius * math.cos(angle)
            )
        )
    assert changes(words) <= 1


@pytest.mark.parametrize("sector", range(len(SECTORS)))
def test_jitter_across_a_border_fires_once(sector: int) -> None:
    """Going from one word to the next through noise gives one change, where bare words flicker."""
    generator = random.Random(sector)
    border = (sector + 0.5) * math.tau / len(SECTORS)
    follower, words, bare = MoodWord(), [], []
    for step in range(400):
        angle = border - 0.25 + 0.5 * step / 400
        arousal = 0.6 * math.sin(angle) + generator.uniform(-0.015, 0.015)
        valence = 0.6 * math.cos(angle) + generator.uniform(-0.015, 0.015)
        words.append(follower.step(arousal, valence))
        bare.append(mood(arousal, valence))
    assert words[0] == SECTORS[sector]
    assert words[-1] == SECTORS[(sector + 1) % len(SECTORS)]
    assert changes(words) == 1
    assert changes(bare) > 1


@given(UNIT, UNIT)
def test_a_region_contains_its_own_points(arousal: float, valence: float) -> None:
    """No point is outside of the region it is in, and every other region is further."""
    word = mood(arousal, valence)
    assert outside(word, arousal, valence) < 1e-9
    assert all(outside(other, arousal, valence) >= 0.0 for other in WORDS)


@given(st.tuples(UNIT, UNIT), st.tuples(UNIT, UNIT))
def test_no_distance_is_longer_than_the_way(
    here: tuple[float, float], there: tuple[float, float]
) -> None:
    """A region is never said to be further than one of its points."""
    assert outside(mood(*there), *here) <= math.dist(here, there) + 1e-9


def test_every_word_is_reached_and_left() -> None:
    """The middle of each sector has its word, whatever the word before."""
    for before in WORDS:
        for word in SECTORS:
            follower = MoodWord()
            follower.word = before
            angle = centre_angle(word)
            assert follower.step(0.5 * math.sin(angle), 0.5 * math.cos(angle)) == word
        follower.word = before
        assert follower.step(0.0, 0.0) == "neutral"
