"""Fitting networks step by step: they learn, the same way twice, from what they may hear."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from train.datasets.base import Ratings, Recording
from train.steps import COLUMNS, WIDTH, columns, cosines, describe, steps
from train.systems import SYSTEMS
from train.systems.base import Lesson
from train.systems.ears import Heard, compressed
from train.systems.sequences import (
    Recipe,
    SequenceFit,
    SequenceModel,
    Standardised,
    fit,
    rate_steps,
    respond,
)

SEQUENCES = [s for s in SYSTEMS if isinstance(s.fit, SequenceFit)]
ON_LOG_MEL = [s for s in SEQUENCES if s.ear == "log-mel" and " steps" not in s.name]


def short(recipe: Recipe, updates: int = 60) -> Recipe:
    """Return a recipe that is fitted in a second."""
    return dataclasses.replace(recipe, updates=updates, batch=8, sequence=min(recipe.sequence, 10))


def made(values_of, count: int = 24, width: int = 5) -> tuple[list[Recording], Recipe]:
    """Return recordings and a recipe whose ear hears a relation with a constant flaw.

    The rating of a recording is the mean of its first feature.
    """
    heard: dict[str, Heard] = {}
    recordings = []
    for i in range(count):
        generator = np.random.default_rng(i)
        level = float(generator.uniform(-0.5, 0.5))
        values = generator.normal(0.0, 0.3, (24, width)).astype(np.float32)
        values[:, 0] += level
        ratings = Ratings.static(level, -level, (0.1, 0.2), 10)
        recordings.append(Recording("emotify", str(i), None, str(i), ratings, "none"))
        heard[str(i)] = Heard(0.5 * np.arange(1, 25), values)
    recipe = Recipe(lambda r: heard[r.id], values_of, sequence=12, updates=80, batch=12)
    return recordings, recipe


def recipe_of(name: str) -> Recipe:
    """Return the recipe of a system."""
    return next(s for s in SEQUENCES if s.name == name).fit.recipe


@pytest.mark.parametrize("name", ["LSTM on MFCC", "CNN on MFCC"])
def test_a_relation_is_learned_better_than_a_constant(name: str) -> None:
    """On unheard recordings the estimates follow what the ratings were made of."""
    recordings, recipe = made(recipe_of(name).build)
    model = fit(recipe, Lesson(recordings[:18]))
    unheard = recordings[18:]
    given = np.array([model.estimate(r).song() for r in unheard])
    wanted = np.array([r.ratings.mean[0] for r in unheard])
    assert np.corrcoef(given[:, 0], wanted[:, 0])[0, 1] > 0.7
    assert np.mean((given - wanted) ** 2) < 0.6 * np.mean(wanted**2)
    assert (model.std > 0.02).all()


def test_the_same_lesson_gives_the_same_network() -> None:
    """Weights depend on the seed and on nothing that ran before."""
    recordings, recipe = made(recipe_of("LSTM on MFCC").build)
    recipe = short(recipe, 10)
    first = fit(recipe, Lesson(recordings))
    torch.rand(7)
    second, other = fit(recipe, Lesson(recordings)), fit(recipe, Lesson(recordings, seed=1))
    pairs = list(zip(first.network.parameters(), second.network.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    others = zip(first.network.parameters(), other.network.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in others)


def test_fitting_leaves_the_global_generator_alone() -> None:
    """Other code's random numbers are the same with and without a fit between."""
    recordings, recipe = made(recipe_of("CNN on MFCC").build)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fit(short(recipe, 3), Lesson(recordings))
    torch.testing.assert_close(torch.rand(3), expected)


def test_a_distribution_learns_the_raters_spread() -> None:
    """The DBN's second half comes near the spread between raters, 0.1 and 0.2."""
    recordings, recipe = made(None, width=64)
    dbn = recipe_of("DBN, single frame")
    recipe = dataclasses.replace(recipe, build=dbn.build, distribution=True, updates=150)
    model = fit(recipe, Lesson(recordings))
    spread = model.estimate(recordings[0]).std.mean(0)
    np.testing.assert_allclose(spread, [0.1, 0.2], atol=0.05)


def test_steps_take_the_rating_of_their_middle() -> None:
    """Ratings over time go to the steps inside; signs are moderate; the rest has none."""
    heard = Heard(0.5 * np.arange(1, 7), np.zeros((6, 1), np.float32))
    ratings = Ratings.dynamic(
        np.array([[0.5, 1.5], [1.5, 2.5]]),
        np.array([[0.2, 0.1], [0.4, -0.1]]),
        np.array([[0.3, 0.3], [0.1, np.nan]]),
    )
    dynamic = Recording("vgmidi", "x", None, "g", ratings, "none")
    rated = rate_steps(dynamic, heard, Lesson([], {"vgmidi": 0.5}))
    np.testing.assert_array_equal(rated.rated, [0, 1, 1, 1, 1, 0])
    np.testing.assert_allclose(rated.target[1:5, 0], [0.1, 0.1, 0.2, 0.2])
    np.testing.assert_allclose(rated.spread[1], [0.15, 0.15])
    signs = Recording("emopia", "x", None, "g", Ratings.quadrant("Q3"), "none")
    rated = rate_steps(signs, heard, Lesson([]))
    np.testing.assert_allclose(rated.target, -0.25)
    assert np.isnan(rated.spread).all()


def test_padding_of_a_crop_counts_for_nothing() -> None:
    """Recordings shorter than a crop fit to the same as if nothing stood behind them."""
    recordings, recipe = made(recipe_of("CNN on MFCC").build)
    long = dataclasses.replace(recipe, sequence=200, updates=5)
    exact = dataclasses.replace(recipe, sequence=24, updates=5)

    def build(features: int):
        network = recipe.build(features)
        network.drop.p = 0.0
        return network

    a = fit(dataclasses.replace(long, build=build), Lesson(recordings))
    b = fit(dataclasses.replace(exact, build=build), Lesson(recordings))
    for x, y in zip(a.network.parameters(), b.network.parameters(), strict=True):
        torch.testing.assert_close(x, y, rtol=1e-3, atol=1e-4)


def test_description_of_a_step_is_what_it_says() -> None:
    """Mean, spread, cepstra and last frame lie where the table of columns says."""
    frames = torch.randn(3, 25, 64)
    described = describe(frames)
    assert described.shape == (3, WIDTH)
    torch.testing.assert_close(described[:, COLUMNS["mean"]], frames.mean(1))
    torch.testing.assert_close(described[:, COLUMNS["frame"]], frames[:, 24])
    spread = frames.std(1, correction=0)
    torch.testing.assert_close(described[:, COLUMNS["spread"]], spread, rtol=1e-3, atol=1e-3)
    assert len(columns("mfcc", "frame")) == 84


def test_cepstra_are_scipys() -> None:
    """The cosines are the orthonormal DCT-II, first 20."""
    from scipy.fft import dct

    frames = np.random.default_rng(0).normal(size=(4, 64))
    expected = dct(frames, type=2, norm="ortho", axis=1)[:, :20]
    np.testing.assert_allclose(frames @ cosines().double().numpy(), expected, atol=1e-5)


def test_described_steps_come_back_from_disk(recordings) -> None:
    """Only music counts, and the second call reads what the first one wrote."""
    first = steps(recordings[0])
    again = steps(recordings[0])
    assert first["values"].shape == (len(first["time_s"]), WIDTH)
    assert len(first["time_s"]) >= 20
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])


def test_large_descriptors_are_compressed() -> None:
    """Size beyond 1 counts in logarithms, the sign stays."""
    given = compressed(np.array([0.0, 1e6, -1e6]))
    np.testing.assert_allclose(given, [0.0, 13.8155, -13.8155], rtol=1e-5)


@pytest.mark.e2e
@pytest.mark.parametrize("system", ON_LOG_MEL, ids=lambda s: s.name)
def test_systems_tell_excited_from_calm(system, recordings) -> None:
    """A short fit to ten recordings puts the two left out on the right sides."""
    model = fit(short(system.fit.recipe), Lesson(recordings[:10], unlabelled=recordings[:4]))
    excited, calm = (model.estimate(r) for r in recordings[10:])
    assert excited.song()[0] > calm.song()[0] + 0.1
    assert excited.mean.shape == (len(excited.time_s), 2)
    assert (excited.std > 0).all()
    assert model.parameters > 1_000


def test_estimates_stay_in_range() -> None:
    """Whatever a network says, an estimate is within -1 to 1."""

    class Loud(torch.nn.Module):
        def forward(self, values):
            return 100.0 * values[..., :2]

    recordings, recipe = made(lambda features: Loud())
    network = Standardised(Loud(), np.zeros(5, np.float32), np.ones(5, np.float32))
    series = SequenceModel(network, recipe, np.array([0.1, 0.1])).estimate(recordings[0])
    assert np.abs(series.mean).max() == 1.0
    assert np.abs(respond(network, recipe.ear(recordings[0]).values, recipe)).max() > 1.0
