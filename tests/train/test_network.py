"""The network: causal, and the same step by step as over a whole stream."""

from __future__ import annotations

import pytest
import torch

from train.network import MoodNetwork, running_mean_weights


@pytest.fixture
def network() -> MoodNetwork:
    """An untrained network."""
    torch.manual_seed(0)
    return MoodNetwork((4, 4, 8, 8), 24, 16, 0.0, (2.0, 8.0)).eval()


def over_all(network: MoodNetwork, steps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Run over whole streams ``[B, T, 25, 64]``."""
    shape = steps.shape[:2]
    described = network.ear(steps.flatten(0, 1))
    mean, std, _ = network(described.reshape(*shape, -1))
    return mean, std


@torch.no_grad()
def test_steps_equal_the_whole(network: MoodNetwork) -> None:
    """Step by step gives what the whole stream gives at once, far past every time constant."""
    steps = 15.0 * torch.randn(3, 80, 25, 64) - 30.0
    mean, std = over_all(network, steps)
    layers, size = network.state_shape
    state = torch.zeros(layers, 3, size)
    for k in range(80):
        now_mean, now_std, state = network.step(steps[:, k], state)
        torch.testing.assert_close(now_mean, mean[:, k], atol=1e-5, rtol=0)
        torch.testing.assert_close(now_std, std[:, k], atol=1e-5, rtol=0)


@torch.no_grad()
def test_no_step_hears_a_later_one(network: MoodNetwork) -> None:
    """What comes later changes nothing before it."""
    steps = 15.0 * torch.randn(1, 20, 25, 64) - 30.0
    before, _ = over_all(network, steps)
    steps[:, 12:] += 5.0
    after, _ = over_all(network, steps)
    torch.testing.assert_close(before[:, :12], after[:, :12], atol=1e-6, rtol=0)
    assert (before[:, 12:] - after[:, 12:]).abs().max() > 1e-4


def test_running_mean_is_a_mean() -> None:
    """Weights add up to 1, equal at first, then fading with the time constant."""
    weights = running_mean_weights(40, 4.0)
    torch.testing.assert_close(weights.sum(1), torch.ones(40))
    torch.testing.assert_close(weights[7, :8], torch.full((8,), 1 / 8))
    torch.testing.assert_close(weights[39, 38] / weights[39, 39], torch.tensor(7 / 8))


@torch.no_grad()
def test_estimates_are_in_range(network: MoodNetwork) -> None:
    """Means stay inside -1 to 1 and spreads above 0, whatever is heard."""
    mean, std = over_all(network, 1_000.0 * torch.randn(2, 10, 25, 64))
    assert mean.abs().max() <= 1.0
    assert std.min() > 0.0
    assert torch.isfinite(mean).all()
    assert torch.isfinite(std).all()
