"""Boltzmann machines against what can be counted out, and against scikit-learn's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from train.systems.dbn import Dbn, pretrain
from train.systems.rbm import Rbm


def machine(gaussian: bool = False, visible: int = 4, hidden: int = 3) -> Rbm:
    """Return a small machine with weights that matter."""
    generator = torch.Generator().manual_seed(3)
    rbm = Rbm(visible, hidden, gaussian=gaussian, generator=generator)
    rbm.weight = torch.randn(visible, hidden, generator=generator)
    rbm.visible_bias = torch.randn(visible, generator=generator)
    rbm.hidden_bias = torch.randn(hidden, generator=generator)
    return rbm


def states(units: int) -> torch.Tensor:
    """Return all states of binary units, ``[2 ** units, units]``."""
    return torch.tensor(list(itertools.product((0.0, 1.0), repeat=units)))


@pytest.mark.parametrize("gaussian", [False, True])
def test_free_energy_sums_over_hidden_states(gaussian: bool) -> None:
    """It is minus the logarithm of the sum over all hidden states of exp(-energy)."""
    rbm = machine(gaussian)
    data = torch.randn(5, 4) if gaussian else states(4)[:5]
    hidden = states(3)
    own = 0.5 * (data - rbm.visible_bias).square().sum(1) if gaussian else -data @ rbm.visible_bias
    energy = own[:, None] - data @ rbm.weight @ hidden.T - hidden @ rbm.hidden_bias
    torch.testing.assert_close(rbm.free_energy(data), -torch.logsumexp(-energy, 1))


def test_agrees_with_scikit_learn() -> None:
    """Hidden probabilities and free energies are those of BernoulliRBM with the same weights."""
    from sklearn.neural_network import BernoulliRBM

    rbm = machine()
    other = BernoulliRBM(n_components=3)
    other.components_ = rbm.weight.T.double().numpy()
    other.intercept_visible_ = rbm.visible_bias.double().numpy()
    other.intercept_hidden_ = rbm.hidden_bias.double().numpy()
    data = states(4)
    np.testing.assert_allclose(rbm.hidden(data), other.transform(data.double().numpy()), atol=1e-5)
    energy = other._free_energy(data.double().numpy())
    np.testing.assert_allclose(rbm.free_energy(data), energy, atol=1e-5)


def test_many_sweeps_give_the_gradient_of_the_likelihood() -> None:
    """Contrastive divergence with a long chain is the exact gradient, by finite differences."""
    rbm = machine()
    data = states(4)[[1, 6, 6, 13]]

    def likelihood() -> float:
        partition = torch.logsumexp(-rbm.free_energy(states(4)), 0)
        return float((-rbm.free_energy(data)).mean() - partition)

    weight, visible, hidden = rbm.divergence(data.repeat(2_500, 1), sweeps=20)
    for parameter, direction in (
        (rbm.weight, weight),
        (rbm.visible_bias, visible),
        (rbm.hidden_bias, hidden),
    ):
        flat, found = parameter.view(-1), direction.reshape(-1)
        for i in range(len(flat)):
            kept = float(flat[i])
            flat[i] = kept + 1e-2
            above = likelihood()
            flat[i] = kept - 1e-2
            below = likelihood()
            flat[i] = kept
            assert float(found[i]) == pytest.approx((above - below) / 2e-2, abs=0.03)


def test_gaussian_units_are_sampled_about_their_mean() -> None:
    """Drawn visible units have the mean that the hidden ones give, and variance 1."""
    rbm = machine(gaussian=True)
    hidden = torch.tensor([[1.0, 0.0, 1.0]]).repeat(50_000, 1)
    drawn = rbm.sample(hidden)
    torch.testing.assert_close(drawn.mean(0), rbm.visible(hidden[:1])[0], atol=0.03, rtol=0)
    torch.testing.assert_close(drawn.std(0), torch.ones(4), atol=0.03, rtol=0)


def test_fitting_makes_data_likely() -> None:
    """After fitting, two patterns are put together again and others are not."""
    generator = torch.Generator().manual_seed(0)
    patterns = torch.tensor([[1.0, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 1]])
    data = patterns[torch.randint(2, (400,), generator=generator)]
    rbm = Rbm(6, 4, gaussian=False, generator=generator)
    errors = rbm.fit(data, updates=600, batch=50, rate=0.5)
    assert errors[-1] < 0.1 * errors[0]
    others = torch.tensor([[1.0, 0, 1, 0, 1, 0], [0, 1, 0, 1, 1, 0]])
    assert rbm.free_energy(patterns).max() < rbm.free_energy(others).min() - 1.0


def test_pretraining_takes_the_machines_over() -> None:
    """The first layer knows the directions music varies in; the same seed gives the same."""
    generator = torch.Generator().manual_seed(1)
    hidden = torch.randn(2_000, 2, generator=generator)
    mixing = torch.randn(2, 64, generator=generator)
    music = hidden @ mixing + 0.1 * torch.randn(2_000, 64, generator=generator)
    networks = []
    for _ in range(2):
        torch.manual_seed(0)
        network = Dbn(64)
        before = network.layers[0].weight.clone()
        pretrain(network, [music[:1_000], music[1_000:]], seed=5, updates=200)
        networks.append(network)
        assert not torch.allclose(before, network.layers[0].weight)
    for a, b in zip(*(n.parameters() for n in networks), strict=True):
        torch.testing.assert_close(a, b)
    weight = networks[0].layers[0].weight.detach()
    basis = torch.linalg.qr(mixing.T)[0]
    inside = (weight @ basis).square().sum() / weight.square().sum()
    assert inside > 0.5  # by chance 2 of 64
