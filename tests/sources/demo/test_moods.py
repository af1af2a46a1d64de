"""What the shipped model says of the demo: each scene in its own quadrant.

If a new model fails here, the music is reworked, never the model.
"""

from __future__ import annotations

import pytest

from realtime_mer.estimate import STEP_S, Estimate
from realtime_mer.sources.base import Block
from realtime_mer.sources.demo import DEMO_RATE_HZ, DURATION_S, SECTIONS, Section
from realtime_mer.tracker import Tracker

QUADRANTS = {"calm": (-1, 1), "joyful": (1, 1), "tense": (1, -1), "sad": (-1, -1)}
"""Signs of arousal and valence."""

SETTLED_S = 8.0
ROUNDS = 2


@pytest.fixture(scope="module")
def estimates(demo: Block) -> list[Estimate]:
    """Two rounds of the performance, as a listener of the demo hears them."""
    tracker = Tracker(DEMO_RATE_HZ)
    return [estimate for _ in range(ROUNDS) for estimate in tracker.feed(demo)]


def settled(estimates: list[Estimate], section: Section, number: int) -> list[Estimate]:
    """Return the estimates of a section's last eight seconds in one of the rounds."""
    end_s = number * DURATION_S + section.end_s
    return [e for e in estimates if end_s - SETTLED_S < e.time_s <= end_s]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_each_scene_ends_in_its_quadrant(
    estimates: list[Estimate], section: Section, number: int
) -> None:
    """In its last eight seconds every estimate of a scene has the signs it is meant to have."""
    heard = settled(estimates, section, number)
    assert len(heard) == SETTLED_S / STEP_S
    arousal_sign, valence_sign = QUADRANTS[section.name]
    arousals = [round(e.arousal, 3) for e in heard]
    valences = [round(e.valence, 3) for e in heard]
    print(f"{section.name}: arousal {arousals}, valence {valences}")
    assert all(arousal * arousal_sign > 0 for arousal in arousals)
    assert all(valence * valence_sign > 0 for valence in valences)


def test_picture_moves(estimates: list[Estimate]) -> None:
    """Over the performance both dimensions travel a good way, and there is music throughout."""
    once = [e for e in estimates if e.time_s <= DURATION_S]
    assert max(e.arousal for e in once) - min(e.arousal for e in once) > 0.3
    assert max(e.valence for e in once) - min(e.valence for e in once) > 0.2
    assert all(e.active for e in once if e.time_s > 2)
