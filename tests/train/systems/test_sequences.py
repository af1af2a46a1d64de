"""Fitting networks step by step: they learn, the same way twice, from what they may hear."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from train.datasets.base import Ratings, Recording
from train.systems import SYSTEMS
from train.systems.base import Lesson
from train.systems.ears import Heard
from train.systems.recipe import Recipe
from train.systems.sequences import SequenceFit, fit

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
