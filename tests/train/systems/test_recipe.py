"""Asking a fitted network: all steps get an estimate, and every estimate is in range."""

from __future__ import annotations

import numpy as np
import torch

from train.datasets.base import Ratings, Recording
from train.systems.ears import Heard
from train.systems.recipe import FARTHEST, Recipe, SequenceModel, Standardised, respond


def recipe_for(values: np.ndarray, **how) -> Recipe:
    """Return a recipe whose ear hears these values in every recording."""
    heard = Heard(0.5 * np.arange(1, len(values) + 1), values)
    return Recipe(lambda recording: heard, torch.nn.Identity, **({"sequence": 10} | how))


def test_windows_cover_a_recording() -> None:
    """A windowed network hears every step once or more, the last window ending at the end."""

    class Mean(torch.nn.Module):
        def forward(self, values):
            return values.mean(1, keepdim=True).expand(-1, values.shape[1], 2)

    network = Standardised(Mean(), np.zeros(1, np.float32), np.ones(1, np.float32))
    values = np.arange(25, dtype=np.float32)[:, None] / 10
    given = respond(network, values, recipe_for(values, windows=True))
    assert given.shape == (25, 2)
    np.testing.assert_allclose(given[:10, 0], values[:10].mean(), rtol=1e-6)
    np.testing.assert_allclose(given[-1, 0], values[-10:].mean(), rtol=1e-6)


def test_estimates_stay_in_range() -> None:
    """Whatever a network says, an estimate is within -1 to 1."""

    class Loud(torch.nn.Module):
        def forward(self, values):
            return 100.0 * values[..., :2]

    values = np.random.default_rng(0).normal(0.0, 0.3, (24, 5)).astype(np.float32)
    recipe = recipe_for(values)
    recording = Recording("emotify", "x", None, "x", Ratings.static(0.0, 0.0), "none")
    network = Standardised(Loud(), np.zeros(5, np.float32), np.ones(5, np.float32))
    series = SequenceModel(network, recipe, np.array([0.1, 0.1])).estimate(recording)
    assert np.abs(series.mean).max() == 1.0
    assert np.abs(respond(network, values, recipe)).max() > 1.0


def test_a_flaw_of_a_descriptor_does_not_reach_the_network() -> None:
    """Features are centred and scaled, and cut where no music is."""
    network = Standardised(torch.nn.Identity(), np.float32([2.0, 0.0]), np.float32([4.0, 1.0]))
    given = network(torch.tensor([[6.0, 1e6], [-2.0, -1e6]]))
    torch.testing.assert_close(given, torch.tensor([[1.0, FARTHEST], [-1.0, -FARTHEST]]))
