"""How often somebody may do something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.limits.allowance import Allowance


@given(st.lists(st.floats(0, 3), max_size=200), st.floats(0.5, 50), st.floats(1, 20))
def test_no_more_than_the_average_and_one_stretch(
    pauses: list[float], per_s: float, over_s: float
) -> None:
    """Over any time, what is taken is at most the rate times the time and one stretch."""
    allowance, now_s, taken = Allowance(per_s, 0.0, over_s=over_s), 0.0, 0
    for pause in pauses:
        now_s += pause
        taken += allowance.spend(now_s)
        assert taken <= per_s * (now_s + over_s) + 1e-6


@given(st.floats(0.1, 100), st.integers(1, 40))
def test_the_wait_it_names_is_the_wait_there_is(per_s: float, takes: int) -> None:
    """After the named wait one may be taken; just before it, none."""
    allowance = Allowance(per_s, 0.0, over_s=10.0 / per_s)
    for _ in range(takes):
        allowance.spend(0.0)
    wait_s = allowance.wait_s(0.0)
    assert (wait_s > 1e-6) == (takes > 9)
    if takes > 9:
        assert not allowance.spend(0.99 * wait_s)
        assert allowance.spend(1.001 * wait_s)


def test_a_refusal_takes_nothing() -> None:
    """What is too much is not taken in part, so that the wait does not grow with asking."""
    allowance = Allowance(1.0, 0.0, over_s=5.0)
    assert not allowance.spend(0.0, 6.0)
    assert allowance.spend(0.0, 5.0)
    for _ in range(50):
        assert not allowance.spend(0.5)
    assert allowance.wait_s(0.5) == pytest.approx(0.5)
    assert allowance.spend(1.0)


def test_a_clock_that_goes_back_gives_nothing() -> None:
    """Time that is told twice does not refill twice."""
    allowance = Allowance(1.0, 10.0, over_s=1.0)
    assert allowance.spend(10.0)
    assert not allowance.spend(5.0)
    assert not allowance.spend(10.5)
    assert allowance.spend(11.0)
    assert allowance.is_full(12.0)


def test_allowance_refills_with_time() -> None:
    """A burst is let through, a flood is not, and after a while there is room again."""
    allowance = Allowance(2.0, 0.0, over_s=5.0)
    assert [allowance.spend(0.0) for _ in range(12)] == [True] * 10 + [False] * 2
    assert not allowance.spend(0.4)
    assert allowance.spend(0.9)
    assert not allowance.spend(0.9)
    assert [allowance.spend(1000.0) for _ in range(11)] == [True] * 10 + [False]
