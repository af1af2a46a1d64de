"""Metrics: perfect input is perfect, known values are met, bad input is named."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score, r2_score, roc_auc_score

from train.metrics import distribution, reaction, regression, signs

GOLDEN = json.loads((Path(__file__).parent / "golden_metrics.json").read_text(encoding="utf-8"))
VALUES = np.array([0.2, -0.4, 0.9, 0.1, -0.7])
PLANE = np.stack([VALUES, -VALUES[::-1]], axis=1)


def test_perfect_numbers_are_perfect() -> None:
    """Estimates equal to the ratings have no error and full agreement."""
    scores = regression.evaluate(VALUES, VALUES)
    assert scores["rmse"] == scores["mae"] == 0.0
    assert scores["r"] == scores["r2"] == scores["ccc"] == pytest.approx(1.0, abs=1e-12)


def test_perfect_signs_are_perfect() -> None:
    """Estimates with the rated signs score 1 in everything about signs."""
    assert set(signs.evaluate(np.sign(PLANE), PLANE).values()) == {1.0}


def test_perfect_distributions_are_perfect() -> None:
    """A distribution is at no distance from itself."""
    std = np.full_like(PLANE, 0.3)
    assert distribution.amd(PLANE, PLANE) == 0.0
    assert distribution.kl(PLANE, std, PLANE, std) == 0.0


def test_golden_values() -> None:
    """Every metric keeps the value it had on a fixed set of numbers, within 1e-12."""
    generator = np.random.default_rng(2026)
    rated = generator.uniform(-1, 1, (40, 2))
    estimated = np.clip(0.6 * rated + generator.normal(0.05, 0.3, (40, 2)), -1, 1)
    std = generator.uniform(0.1, 0.5, (40, 2))
    songs = [slice(0, 10), slice(10, 25), slice(25, 40)]
    found = {
        "regression": regression.evaluate(rated[:, 0], estimated[:, 0]),
        "per_song": regression.evaluate_per_song(
            [rated[s, 1] for s in songs], [estimated[s, 1] for s in songs]
        ),
        "distribution": distribution.evaluate(rated[:, 1], estimated[:, 1], std[:, 1]),
        "amd": {"amd": distribution.amd(rated, estimated)},
        "kl": {"kl": distribution.kl(rated, std[::-1], estimated, std)},
        "signs": signs.evaluate(np.sign(rated), estimated),
    }
    assert found.keys() == GOLDEN.keys()
    for group, scores in found.items():
        assert scores == pytest.approx(GOLDEN[group], abs=1e-12), group


@given(arrays(np.float64, 30, elements=st.floats(-1, 1)), st.integers(0, 2**31))
def test_regression_equals_other_libraries(rated: np.ndarray, seed: int) -> None:
    """Pearson's r and R² are those of SciPy and scikit-learn."""
    estimated = np.random.default_rng(seed).uniform(-1, 1, len(rated))
    if rated.std() < 1e-3:
        return
    assert regression.pearson(rated, estimated) == pytest.approx(
        scipy.stats.pearsonr(rated, estimated).statistic, abs=1e-9
    )
    assert regression.r2(rated, estimated) == pytest.approx(r2_score(rated, estimated), abs=1e-9)


@given(st.integers(0, 2**31))
def test_signs_equal_other_libraries(seed: int) -> None:
    """The area under the curve and macro F1 are those of scikit-learn, ties included."""
    generator = np.random.default_rng(seed)
    rated = generator.choice([-1.0, 1.0], (50, 2))
    estimated = np.round(generator.uniform(-1, 1, (50, 2)), 1)
    assert signs.auc(rated[:, 0], estimated[:, 0]) == pytest.approx(
        roc_auc_score(rated[:, 0], estimated[:, 0])
    )
    assert signs.macro_f1(rated, estimated) == pytest.approx(
        f1_score(signs.quadrants(rated), signs.quadrants(estimated), average="macro")
    )


def test_concordance_is_lowered_by_offset_and_scale() -> None:
    """CCC equals r only where mean and spread agree too."""
    assert regression.ccc(VALUES, VALUES + 0.3) < 1.0
    assert regression.ccc(VALUES, 0.5 * VALUES) < 1.0
    assert regression.pearson(VALUES, 0.5 * VALUES + 0.3) == pytest.approx(1.0)


def test_within_song_r_is_blind_to_the_song() -> None:
    """Knowing each song's mean and nothing else gives no within-song correlation."""
    rated = [VALUES + 0.1, VALUES - 0.1]
    assert regression.within_song_r(rated, [v + 5.0 for v in rated]) == pytest.approx(1.0)
    with pytest.warns(UserWarning, match="constant"):
        assert math.isnan(regression.within_song_r(rated, [np.full(5, 0.1), np.full(5, -0.1)]))


def test_coverage_of_an_honest_spread() -> None:
    """Ratings drawn from the estimates lie in the bands as often as they should."""
    generator = np.random.default_rng(0)
    std = generator.uniform(0.1, 0.4, 20_000)
    scores = distribution.evaluate(generator.normal(0.0, std), np.zeros_like(std), std)
    assert scores["coverage_68"] == pytest.approx(0.68, abs=0.01)
    assert scores["coverage_95"] == pytest.approx(0.95, abs=0.01)


def test_kl_is_that_of_numerical_integration() -> None:
    """The closed form equals the integral of p log(p / q)."""
    x = np.linspace(-8, 8, 200_001)
    p = scipy.stats.norm.pdf(x, 0.2, 0.5)
    q = scipy.stats.norm.pdf(x, -0.3, 0.8)
    integral = np.trapezoid(p * np.log(p / q), x)
    assert distribution.kl([[0.2]], [[0.5]], [[-0.3]], [[0.8]]) == pytest.approx(integral, abs=1e-6)


def test_reaction_time_of_a_first_order_lag() -> None:
    """An estimate that follows as a first-order lag has that lag's time constant."""
    time_s = np.arange(0.5, 60.5, 0.5)
    estimate = np.where(time_s > 20, 0.6 - 0.9 * np.exp(-(time_s - 20) / 3.0), -0.3)
    assert reaction.reaction_time(time_s, estimate, 20.0) == pytest.approx(3.0, abs=0.05)


def test_reaction_time_of_what_never_moves() -> None:
    """An estimate that does not rise has no reaction time, and that is said."""
    with pytest.warns(UserWarning, match="does not rise"):
        assert math.isnan(reaction.reaction_time([1, 2, 3, 4], [0, 0, 0, 0], 2.0))


@pytest.mark.parametrize("metric", [*regression.METRICS.values(), signs.sign_accuracy, signs.auc])
def test_empty_input_warns(metric) -> None:
    """Nothing has no score, and that is said."""
    with pytest.warns(UserWarning, match=r"."):
        assert math.isnan(metric([], []))


@pytest.mark.parametrize("metric", [regression.pearson, regression.r2, regression.ccc])
def test_constant_ratings_warn(metric) -> None:
    """Agreement with constant ratings is undefined, and that is said."""
    with pytest.warns(UserWarning, match=r"."):
        assert math.isnan(metric([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]))


@pytest.mark.parametrize(
    ("rated", "estimated"), [([1, 2], [1]), ([[1, 2]], [[1, 2]]), ([1, np.nan], [1, 2])]
)
def test_bad_input_raises(rated, estimated) -> None:
    """Shapes that differ, wrong axes and values that are no number raise."""
    with pytest.raises(ValueError, match=r"shape|axes|finite"):
        regression.rmse(rated, estimated)


def test_bad_spread_raises() -> None:
    """A standard deviation of 0 is refused."""
    with pytest.raises(ValueError, match="above 0"):
        distribution.coverage([0.0], [0.0], [0.0], 1.0)
