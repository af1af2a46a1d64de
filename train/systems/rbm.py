"""Restricted Boltzmann machines and contrastive divergence (Hinton 2002; 2010).

Hidden units are binary. Visible ones are binary (probabilities in 0 to 1) or Gaussian of
variance 1 (standardised features).
"""

from __future__ import annotations

import torch
from torch import Tensor


class Rbm:
    """A machine of visible and hidden units.

    Args:
        visible, hidden: numbers of units.
        gaussian: whether visible units are Gaussian.
        generator: of the initial weights and of all sampling.

    Attributes:
        weight: ``[visible, hidden]``.
        visible_bias, hidden_bias: of the units.
    """

    def __init__(
        self, visible: int, hidden: int, *, gaussian: bool, generator: torch.Generator
    ) -> None:
        self.gaussian = gaussian
        self.generator = generator
        self.weight = 0.05 * torch.randn(visible, hidden, generator=generator)
        self.visible_bias = torch.zeros(visible)
        self.hidden_bias = torch.zeros(hidden)

    def hidden(self, visible: Tensor) -> Tensor:
        """Return the probabilities of hidden units being 1, ``[N, H]`` of ``[N, V]``."""
        return torch.sigmoid(visible @ self.weight + self.hidden_bias)

    def visible(self, hidden: Tensor) -> Tensor:
        """Return the means of visible units, ``[N, V]`` of ``[N, H]``."""
        mean = hidden @ self.weight.T + self.visible_bias
        return mean if self.gaussian else torch.sigmoid(mean)

    def free_energy(self, visible: Tensor) -> Tensor:
        """Return minus the logarithm of the unnormalised probability, ``[N]`` of ``[N, V]``."""
        units = torch.nn.functional.softplus(visible @ self.weight + self.hidden_bias).sum(1)
        if self.gaussian:
            return 0.5 * (visible - self.visible_bias).square().sum(1) - units
        return -visible @ self.visible_bias - units

    def sample(self, hidden: Tensor) -> Tensor:
        """Draw visible units given hidden ones."""
        mean = self.visible(hidden)
        if self.gaussian:
            return mean + torch.randn(mean.shape, generator=self.generator)
        return torch.bernoulli(mean, generator=self.generator)

    def divergence(self, data: Tensor, sweeps: int = 1) -> tuple[Tensor, Tensor, Tensor]:
        """Return the direction contrastive divergence moves the parameters in.

        Args:
            data: visible units, ``[N, V]``.
            sweeps: of Gibbs sampling from the data; with many it is the likelihood's gradient.

        Returns:
            Directions of weight, visible bias and hidden bias, of the shapes of these.
        """
        positive = self.hidden(data)
        chain = data
        for _ in range(sweeps):
            drawn = torch.bernoulli(self.hidden(chain), generator=self.generator)
            chain = self.sample(drawn)
        negative = self.hidden(chain)
        count = len(data)
        weight = (data.T @ positive - chain.T @ negative) / count
        return weight, (data - chain).mean(0), (positive - negative).mean(0)

    def fit(
        self,
        data: Tensor,
        *,
        updates: int,
        batch: int = 128,
        rate: float = 0.01,
        decay: float = 1e-4,
    ) -> list[float]:
        """Fit the machine by contrastive divergence with momentum.

        Args:
            data: visible units, ``[N, V]``.
            updates: of the parameters, each by ``batch`` rows drawn at random.
            rate: of learning; Gaussian units ask for a small one.
            decay: of the weights.

        Returns:
            Mean squared error of one reconstruction at every tenth update.
        """
        parameters = (self.weight, self.visible_bias, self.hidden_bias)
        speed = [torch.zeros_like(p) for p in parameters]
        errors = []
        for update in range(updates):
            rows = torch.randint(len(data), (batch,), generator=self.generator)
            chosen = data[rows]
            momentum = 0.5 if update < updates // 10 else 0.9
            directions = self.divergence(chosen)
            for parameter, direction, v in zip(parameters, directions, speed, strict=True):
                v.mul_(momentum).add_(rate * (1.0 - momentum) * direction)
                parameter.add_(v)
            self.weight.mul_(1.0 - rate * decay)
            if update % 10 == 0:
                again = self.visible(self.hidden(chosen))
                errors.append(float((again - chosen).square().mean()))
        return errors
