"""What is learned from a sound check."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.estimates import make_estimate

from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.feel.calibration import LEAST_SPREAD, Calibration
from realtime_mer.feel.learning import Adaptation, Calibrator, robust_range, weighted_quantile

DIMENSIONS = ("arousal", "valence")
WHOLE = Calibration("", DIMENSIONS, (0.0, 0.0), (1.0, 1.0))


def played(
    count: int, *, centre: tuple[float, float] = (0.3, -0.2), width: float = 0.2, seed: int = 0
) -> list[Estimate]:
    """Estimates of a band that plays around a point."""
    generator = np.random.default_rng(seed)
    raw = np.clip(generator.normal(centre, width, (count, 2)), -1, 1)
    return [
        replace(make_estimate(number), raw_mean=tuple(map(float, values)))
        for number, values in enumerate(raw)
    ]


def learn(estimates: list[Estimate], seconds: float = 60.0) -> Calibration:
    """What a sound check gives."""
    calibrator = Calibrator(DIMENSIONS, seconds)
    for estimate in estimates:
        calibrator.take(estimate)
    return calibrator.result("tuesday", "tiny")


def test_the_same_music_gives_the_same_calibration() -> None:
    """Twice the same estimates, to the bit the same numbers."""
    assert learn(played(120)) == learn(played(120))


def test_centre_and_spread_are_the_bands() -> None:
    """The median is the centre; 5 to 95 % of a normal distribution is ±1.645 sigma."""
    calibration = learn(played(4000, width=0.15), 2000.0)
    assert calibration.centre == pytest.approx((0.3, -0.2), abs=0.01)
    assert calibration.spread == pytest.approx((1.645 * 0.15,) * 2, rel=0.03)
    assert (calibration.name, calibration.model, calibration.seconds) == ("tuesday", "tiny", 2000)


def test_silence_is_not_learned() -> None:
    """Pauses between songs change nothing, and do not count as time."""
    music = played(60)
    silence = [replace(make_estimate(), raw_mean=(0.0, 0.0), active=False)] * 200
    calibrator = Calibrator(DIMENSIONS, 60.0)
    for estimate in music[:30] + silence + music[30:]:
        calibrator.take(estimate)
    assert calibrator.heard_s == 30.0
    assert not calibrator.done
    assert calibrator.result() == replace(learn(music), name="", model="")


def test_what_comes_after_the_time_is_not_learned() -> None:
    """The calibration is done after the seconds asked for, and stays as it is."""
    music = played(300)
    calibrator = Calibrator(DIMENSIONS, 60.0)
    for number, estimate in enumerate(music):
        assert calibrator.done == (number >= 120)
        calibrator.take(estimate)
    assert calibrator.result("tuesday", "tiny") == learn(music[:120])


def test_a_few_mishaps_change_little() -> None:
    """A cough and a dropped cymbal in a sound check move neither centre nor spread by much."""
    music = played(240)
    mishap = replace(make_estimate(), raw_mean=(1.0, -1.0))
    clean, spoilt = learn(music, 120.0), learn(music[:236] + [mishap] * 4, 120.0)
    assert spoilt.centre == pytest.approx(clean.centre, abs=0.02)
    assert spoilt.spread == pytest.approx(clean.spread, abs=0.05)


def test_a_monotonous_sound_check_is_not_blown_up() -> None:
    """One held note has no range; noise is amplified at most 6.7 times."""
    calibration = learn(played(120, width=0.001))
    assert calibration.spread == (LEAST_SPREAD, LEAST_SPREAD)


def test_too_little_music_is_said() -> None:
    """Under ten seconds there is nothing to learn, and the sentence says what was heard."""
    with pytest.raises(UserError, match=r"Only 9\.5 s of music"):
        learn(played(19))
    assert learn(played(20)).seconds == 10.0


def test_without_raw_values_the_means_are_learned() -> None:
    """Estimates that do not tell the model's own word are taken as they are."""
    calibration = learn([make_estimate(number) for number in range(120)])
    assert calibration.spread[0] > LEAST_SPREAD


@given(
    values=st.lists(st.floats(-1, 1), min_size=1, max_size=40),
    share=st.floats(0, 1),
    repeats=st.integers(1, 4),
)
def test_a_weight_is_a_number_of_repetitions(
    values: list[float], share: float, repeats: int
) -> None:
    """A quantile is inside of the values, and common weights change nothing."""
    array = np.array(values)
    once = weighted_quantile(array, np.ones(len(values)), share)
    assert min(values) <= once <= max(values)
    assert weighted_quantile(array, np.full(len(values), 1.0 * repeats), share) == pytest.approx(
        once
    )


def test_heavy_values_are_the_median() -> None:
    """The median goes where the weight is."""
    values, weights = np.array([0.0, 0.5, 1.0]), np.array([1.0, 1.0, 98.0])
    assert weighted_quantile(values, weights, 0.5) == pytest.approx(1.0, abs=0.02)
    assert robust_range([(0.0, 1.0)])[0] == (0.0, 1.0)


def test_adaptation_follows_slowly() -> None:
    """It begins where it was told, has gone 63 % after its time, and arrives in the end."""
    adaptation = Adaptation(WHOLE, 60.0)
    music = played(1200, centre=(0.4, -0.4), width=0.1)
    reached = []
    for estimate in music:
        adaptation.take(estimate)
        reached.append(adaptation.calibration)
    assert reached[0].centre == pytest.approx((0.0, 0.0), abs=0.01)
    assert reached[119].centre == pytest.approx((0.63 * 0.4, -0.63 * 0.4), abs=0.03)
    assert reached[-1].centre == pytest.approx((0.4, -0.4), abs=0.03)
    assert reached[-1].spread == pytest.approx((0.1645, 0.1645), abs=0.03)
    steps = [abs(b.centre[0] - a.centre[0]) for a, b in pairwise(reached)]
    assert max(steps) < 0.01


def test_adaptation_forgets_what_is_long_ago() -> None:
    """After several times its time constant only the new music counts."""
    adaptation = Adaptation(WHOLE, 30.0)
    for estimate in played(600, centre=(-0.6, -0.6), width=0.1):
        adaptation.take(estimate)
    for estimate in played(600, centre=(0.5, 0.5), width=0.1, seed=1):
        adaptation.take(estimate)
    assert adaptation.calibration.centre == pytest.approx((0.5, 0.5), abs=0.05)


def test_adaptation_stands_still_in_silence() -> None:
    """A pause of any length changes nothing."""
    adaptation = Adaptation(WHOLE, 60.0)
    for estimate in played(60):
        adaptation.take(estimate)
    before = adaptation.calibration
    for _ in range(1000):
        adaptation.take(replace(make_estimate(), raw_mean=(0.9, 0.9), active=False))
    assert adaptation.calibration == before


def test_a_long_adaptation_stays_small() -> None:
    """Two hours' time constant keep no more samples than ten minutes', and are followed."""
    adaptation = Adaptation(WHOLE, 7200.0)
    generator = np.random.default_rng(0)
    for number in range(14_400):
        raw = (float(generator.normal(0.4, 0.1)), 0.0)
        adaptation.take(replace(make_estimate(number), raw_mean=raw))
    assert len(adaptation._samples) <= 600
    assert adaptation.calibration.centre[0] == pytest.approx(0.63 * 0.4, abs=0.03)
