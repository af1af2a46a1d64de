"""Rise and fall."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.routes.smoothing import OnePole

aims = st.floats(-1e3, 1e3)
times_s = st.floats(0, 10)


def test_a_time_constant_covers_63_percent() -> None:
    """After the rise time 1 - 1/e of the way up is done, after the fall time the same down."""
    pole = OnePole(0.5, 2.0)
    pole.step(0.0, 0.0)
    assert pole.step(1.0, 0.5) == pytest.approx(1 - math.exp(-1))
    pole.reset()
    pole.step(1.0, 0.0)
    assert pole.step(0.0, 2.0) == pytest.approx(math.exp(-1))


@given(aims, aims, st.lists(times_s, min_size=1, max_size=8), st.floats(0, 5), st.floats(0, 5))
def test_many_steps_equal_one(
    start: float, aim: float, times: list[float], rise_s: float, fall_s: float
) -> None:
    """The same time in pieces of any length ends in the same place."""
    pieces, whole = OnePole(rise_s, fall_s), OnePole(rise_s, fall_s)
    pieces.step(start, 0.0)
    whole.step(start, 0.0)
    for time_s in times:
        value = pieces.step(aim, time_s)
    assert value == pytest.approx(whole.step(aim, math.fsum(times)), rel=1e-9, abs=1e-9)


@given(aims, st.lists(st.tuples(aims, times_s), max_size=8), st.floats(0, 5), st.floats(0, 5))
def test_it_never_goes_beyond(
    start: float, steps: list[tuple[float, float]], rise_s: float, fall_s: float
) -> None:
    """Each step ends between where it was and its aim, to the last bit."""
    pole = OnePole(rise_s, fall_s)
    value = pole.step(start, 1.0)
    assert value == start
    for aim, time_s in steps:
        moved = pole.step(aim, time_s)
        assert min(value, aim) <= moved <= max(value, aim)
        value = moved
