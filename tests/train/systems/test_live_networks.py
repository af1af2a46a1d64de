"""What runs live gives step by step what it gives for a whole sequence, and looks at no future."""

from __future__ import annotations

import pytest
import torch

from train.steps import columns
from train.systems import SYSTEMS
from train.systems.sequences import SequenceFit

CAUSAL = [s for s in SYSTEMS if s.causal and isinstance(s.fit, SequenceFit)]
LIVE = [s for s in SYSTEMS if s.live]
WINDOWED = [s for s in SYSTEMS if isinstance(s.fit, SequenceFit) and not s.causal]


def network_of(system, features: int | None = None):
    """Return an untrained network and its number of features."""
    recipe = system.fit.recipe
    width = features or (len(columns(*recipe.parts)) if recipe.parts else 260)
    torch.manual_seed(0)
    network = recipe.build(width).eval()
    return network, width


@pytest.mark.parametrize("system", LIVE, ids=lambda s: s.name)
def test_steps_equal_sequences(system) -> None:
    """Two streams, 20 steps one after another, equal one call over the sequence."""
    network, width = network_of(system)
    values = torch.randn(2, 20, width)
    layers, size = network.state_shape
    state = torch.zeros(layers, 2, size)
    with torch.inference_mode():
        whole = network(values)
        for k in range(20):
            output, state = network.step(values[:, k], state)
            torch.testing.assert_close(output, whole[:, k], rtol=1e-4, atol=1e-5)
            assert state.shape == (layers, 2, size)


@pytest.mark.parametrize("system", CAUSAL, ids=lambda s: s.name)
def test_no_estimate_knows_the_future(system) -> None:
    """What is said of the first ten steps is the same whatever follows."""
    network, width = network_of(system)
    values = torch.randn(1, 16, width)
    other = values.clone()
    other[:, 10:] = torch.randn(1, 6, width)
    with torch.inference_mode():
        a, b = network(values), network(other)
    torch.testing.assert_close(a[:, :10], b[:, :10])
    assert not torch.allclose(a[:, 10:], b[:, 10:])


@pytest.mark.parametrize("system", WINDOWED, ids=lambda s: s.name)
def test_bidirectional_networks_are_not_called_causal(system) -> None:
    """The CRNN's first estimate does depend on the last step of its window, and says so."""
    network, width = network_of(system, 128 if "log-mel" in system.name else 260)
    values = torch.randn(1, 8, width)
    other = values.clone()
    other[:, -1] += 3.0
    with torch.inference_mode():
        assert not torch.allclose(network(values)[:, 0], network(other)[:, 0], atol=1e-9)
    assert not system.live
