"""Rise and fall."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.feel.smoothing import OnePole, Smoothing

UNIT = st.floats(-1, 1)
TIME = st.floats(0.01, 100)


@given(start=UNIT, aim=UNIT, rise_s=TIME, fall_s=TIME, cuts=st.lists(st.floats(0.001, 3)))
def test_any_split_of_time_ends_at_the_same_place(
    start: float, aim: float, rise_s: float, fall_s: float, cuts: list[float]
) -> None:
    """Many short steps to one aim are one long step."""
    short, long = OnePole(rise_s, fall_s), OnePole(rise_s, fall_s)
    short.step(start, 0.5)
    long.step(start, 0.5)
    ended = start
    for interval_s in cuts:
        ended = short.step(aim, interval_s)
    assert ended == pytest.approx(long.step(aim, math.fsum(cuts)), abs=1e-9)


def test_each_way_has_its_own_time_constant() -> None:
    """After one time constant 63 % of the way is done, upwards and downwards."""
    pole = OnePole(1.0, 4.0)
    pole.step(0.0, 0.5)
    assert pole.step(1.0, 1.0) == pytest.approx(1 - math.exp(-1))
    top = pole.step(1.0, 1e9)
    assert top == 1.0
    assert pole.step(0.0, 4.0) == pytest.approx(math.exp(-1))


@given(st.lists(st.tuples(UNIT, st.floats(0, 10)), min_size=1), TIME, TIME)
def test_a_value_never_leaves_what_it_was_given(
    steps: list[tuple[float, float]], rise_s: float, fall_s: float
) -> None:
    """It stays between the smallest and the largest aim so far."""
    pole = OnePole(rise_s, fall_s)
    aims = []
    for aim, interval_s in steps:
        aims.append(aim)
        assert min(aims) <= pole.step(aim, interval_s) <= max(aims)


@given(st.lists(st.tuples(UNIT, UNIT)))
def test_no_time_constant_changes_nothing(points: list[tuple[float, float]]) -> None:
    """Without rise and fall the values are those that came, to the bit."""
    smoothing = Smoothing(2)
    assert [smoothing.step(point, 0.5) for point in points] == points


def test_forgetting_begins_at_the_next_value() -> None:
    """After a reset the first aim is taken at once."""
    pole = OnePole(1.0, 1.0)
    pole.step(0.0, 0.5)
    pole.reset()
    assert pole.step(0.7, 0.5) == 0.7
