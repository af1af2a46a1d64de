"""Observations in classes."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.histogram import LATENCY_BOUNDS_S, Histogram


def test_a_bound_belongs_to_the_class_below() -> None:
    """As Prometheus has it: le is "less or equal"."""
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 7.0):
        histogram.observe(value)
    assert histogram.cumulative() == (2, 4, 5)
    assert histogram.sum == 12.0


@given(st.lists(st.floats(0, 10)))
def test_nothing_is_lost(values: list[float]) -> None:
    """Each class has as many as a count by hand, and the last has all."""
    histogram = Histogram()
    for value in values:
        histogram.observe(value)
    wanted = [sum(value <= bound for value in values) for bound in (*LATENCY_BOUNDS_S, math.inf)]
    assert list(histogram.cumulative()) == wanted
