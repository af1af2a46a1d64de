"""Gliding between estimates."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.estimates import estimates, make_estimate

from realtime_mer.estimate import STEP_S, Estimate
from realtime_mer.routes.glide import DELAY_S, HALF_WAY_S, STIFFNESS_HZ, Follower, Glide

RATE_HZ = 60.0


def test_a_jump_has_no_step_above_a_tenth() -> None:
    """At 60 Hz the largest change between two messages is under 1/10 of the estimate's jump."""
    follower = Follower(-1.0)
    follower.aim(1.0)
    values = [follower.value]
    for _ in range(120):
        follower.move(1 / RATE_HZ)
        values.append(follower.value)
    largest = max(np.diff(values)) / 2
    assert largest == pytest.approx(STIFFNESS_HZ / math.e / RATE_HZ, rel=0.02)
    assert largest < 0.1
    assert min(np.diff(values)) >= 0, "it never swings back"
    assert values[-1] == pytest.approx(1.0, abs=1e-6)


@given(jumps=st.lists(st.floats(-1, 1), min_size=2, max_size=20), phase=st.floats(0, 1 / RATE_HZ))
def test_no_sequence_of_estimates_makes_a_larger_step(jumps: list[float], phase: float) -> None:
    """However estimates follow one another, no step exceeds 1/10 of the largest jump."""
    follower = Follower(jumps[0])
    largest_jump = max(abs(np.diff(jumps)))
    steps = [0.0]
    for aim in jumps[1:]:
        follower.aim(aim)
        follower.move(phase)
        for _ in range(int(STEP_S * RATE_HZ) - 1):
            before = follower.value
            follower.move(1 / RATE_HZ)
            steps.append(abs(follower.value - before))
        follower.move(1 / RATE_HZ - phase)
    assert max(steps) <= 0.1 * largest_jump + 1e-12


def test_the_delay_of_a_steady_change_is_the_one_that_is_printed() -> None:
    """Following a straight line, the value is DELAY_S late, as the equation says."""
    follower = Follower(0.0)
    tick_s = 1e-4
    time_s = 0.0
    while time_s < 4.0:
        # The aim of the middle of the tick: the mean of the line over it.
        follower.aim(0.1 * (time_s + tick_s / 2))
        follower.move(tick_s)
        time_s += tick_s
    assert time_s - follower.value / 0.1 == pytest.approx(DELAY_S, abs=1e-6)


def test_a_staircase_of_estimates_is_followed_by_the_delay_and_half_a_step() -> None:
    """Estimates that rise every 500 ms are followed DELAY_S after the middle of each stair."""
    follower = Follower(0.0)
    late = []
    ticks = int(STEP_S * RATE_HZ)
    for number in range(40):
        follower.aim(number * STEP_S)
        for tick in range(ticks):
            follower.move(1 / RATE_HZ)
            if number >= 20:
                late.append(number * STEP_S + (tick + 1) / RATE_HZ - follower.value)
    assert np.mean(late) == pytest.approx(DELAY_S + STEP_S / 2, abs=1e-3)


def test_half_a_jump_is_covered_when_it_is_said() -> None:
    """At HALF_WAY_S a jump is half done."""
    follower = Follower(0.0)
    follower.aim(1.0)
    follower.move(HALF_WAY_S)
    assert follower.value == pytest.approx(0.5, abs=1e-6)


@given(
    aims=st.lists(st.floats(-1, 1), min_size=1, max_size=5),
    cuts=st.lists(st.floats(0, 0.5), max_size=6),
)
def test_it_does_not_matter_how_often_it_is_asked(aims: list[float], cuts: list[float]) -> None:
    """The same time in many pieces or in one leads to the same place."""
    whole, parts = Follower(0.0), Follower(0.0)
    ends = sorted({*cuts, STEP_S})
    for aim in aims:
        whole.aim(aim)
        parts.aim(aim)
        whole.move(STEP_S)
        for begin, end in zip([0.0, *ends], ends, strict=False):
            parts.move(end - begin)
        assert parts.value == pytest.approx(whole.value, abs=1e-9)


@given(st.lists(estimates(), min_size=1, max_size=6), st.floats(0, 3))
def test_a_glide_stays_within_what_was_estimated(given_: list[Estimate], after_s: float) -> None:
    """Values lie between the least and the greatest estimate, at any time."""
    glide = Glide()
    assert glide.at(0.0) is None
    for number, estimate in enumerate(given_):
        glide.aim(estimate, number * STEP_S)
    moment = glide.at((len(given_) - 1) * STEP_S + after_s)
    assert moment is not None
    assert moment.active == given_[-1].active
    for name, value in moment.values.items():
        known = [estimate.values()[name] for estimate in given_]
        assert min(known) - 1e-9 <= value <= max(known) + 1e-9


def test_a_glide_starts_at_the_first_estimate_and_ignores_clocks_that_go_back() -> None:
    """There is no glide from nothing, and no time before the last one."""
    glide = Glide()
    estimate = make_estimate(3)
    glide.aim(estimate, 10.0)
    for time_s in (10.0, 9.0, 50.0):
        moment = glide.at(time_s)
        assert moment is not None
        assert moment.values == pytest.approx(estimate.values())
        assert moment.level_db == pytest.approx(estimate.level_db)
