"""Music or silence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.presence import Presence


def test_rest_of_a_second_and_a_half_is_music() -> None:
    """Three silent steps are a rest, the fourth is silence."""
    presence = Presence()
    presence.step(True)
    states = []
    for _ in range(5):
        presence.step(False)
        states.append(presence.active)
    assert states == [True, True, True, False, False]


def test_silence_before_any_music_is_not_active() -> None:
    """Nothing is held that never was."""
    presence = Presence()
    presence.step(False)
    assert not presence.active
    assert presence.weight == 0.0


def test_music_counts_at_once_and_in_full_soon() -> None:
    """Half after one step, nearly all after five seconds."""
    presence = Presence()
    presence.step(True)
    assert presence.active
    assert 0.4 < presence.weight < 0.6
    for _ in range(9):
        presence.step(True)
    assert presence.weight > 0.999


@given(st.lists(st.booleans(), max_size=200))
def test_weight_stays_a_share(steps: list[bool]) -> None:
    """Whatever is heard, the weight is from 0 to 1."""
    presence = Presence()
    for heard in steps:
        presence.step(heard)
        assert 0.0 <= presence.weight <= 1.0


def test_hold_keeps_the_weight_in_silence() -> None:
    """Where values are to be held, silence changes nothing, and music goes on from there."""
    presence = Presence(hold=True)
    for _ in range(3):
        presence.step(False)
    assert presence.weight == 0.0
    for _ in range(4):
        presence.step(True)
    for _ in range(4):
        presence.step(False)
    held = presence.weight
    for _ in range(100):
        presence.step(False)
    assert not presence.active
    assert presence.weight == held
    presence.step(True)
    assert presence.weight > held
