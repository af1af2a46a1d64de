"""Deep belief network: stacked restricted Boltzmann machines, fine-tuned.

Schmidt, Kim, "Learning emotion-based acoustic features with deep belief networks", WASPAA
2011; Schmidt, Hamel, Humphrey, tutorial at ISMIR 2013. Three layers of 50 sigmoid units,
pre-trained layer by layer with contrastive divergence on music that nobody rated, then
fine-tuned to the ratings; one row on single frames, one on the means over the last 1, 2 and
4 s beside it. Besides the mean it fits the spread between raters, where that is known: the
distribution that KL divergence judges.

The paper's settings except: log-mel frames (64 bands, level-normalised) in place of magnitude
spectra; a Gaussian first layer; the frame that ends each 500 ms step; fewer updates.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from train.steps import BANDS
from train.systems import ears
from train.systems.base import System
from train.systems.rbm import Rbm
from train.systems.recipe import Recipe
from train.systems.sequences import SequenceFit

SOURCE = "Schmidt, Hamel, Humphrey 2013"
LAYERS = (50, 50, 50)
SCALES = (2, 4, 8)  # steps: 1, 2 and 4 s
MOST_ROWS = 20_000  # of music that machines are fitted to
MIN_SPREAD = 0.03


class Dbn(nn.Module):
    """The network.

    Args:
        features: 64 for single frames; 128 (a frame and the step's mean) with time scales.
        scales: steps of the running means beside the frame.

    Shape:
        - Input: ``[B, T, features]``
        - Output: ``[B, T, 4]``: means of arousal and valence, then their spreads
    """

    def __init__(self, features: int, scales: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.scales = scales
        # The last layer of the state counts the steps heard, in every place.
        self.state_shape = (max(scales), BANDS) if scales else (1, 1)
        width = BANDS * (1 + len(scales)) if scales else features
        sizes = (width, *LAYERS)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.out = nn.Linear(LAYERS[-1], 4)

    def expand(self, values: Tensor) -> Tensor:
        """Return each step's frame with the means of the last steps, ``[B, T, width]``."""
        if not self.scales:
            return values
        frame, mean = values[..., :BANDS], values[..., BANDS:]
        sums = functional.pad(mean.cumsum(1), (0, 0, 1, 0))
        ends = torch.arange(1, values.shape[1] + 1)
        parts = [frame]
        for scale in self.scales:
            begins = (ends - scale).clamp(min=0)
            parts.append((sums[:, ends] - sums[:, begins]) / (ends - begins)[:, None])
        return torch.cat(parts, -1)

    def _estimate(self, expanded: Tensor) -> Tensor:
        hidden = expanded
        for layer in self.layers:
            hidden = torch.sigmoid(layer(hidden))
        output = self.out(hidden)
        spread = functional.softplus(output[..., 2:]) + MIN_SPREAD
        return torch.cat([output[..., :2], spread], -1)

    def forward(self, values: Tensor) -> Tensor:
        return self._estimate(self.expand(values))

    def step(self, values: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance by one step; the state holds the means of the steps before it."""
        if not self.scales:
            return self._estimate(values), state
        count = state[-1:, :, :] + 1.0
        recent = torch.cat([state[:-1], values[None, :, BANDS:]], 0)
        parts = [values[:, :BANDS]]
        for scale in self.scales:
            # Steps before the beginning are zeros, so the sum needs no mask.
            heard = count[0].clamp(max=float(scale))
            parts.append(recent[-scale:].sum(0) / heard)
        capped = count.clamp(max=float(max(self.scales)))
        return self._estimate(torch.cat(parts, -1)), torch.cat([recent[1:], capped], 0)


def pretrain(network: nn.Module, music: Sequence[Tensor], seed: int, updates: int = 400) -> None:
    """Fit a machine to each layer in turn and take its weights over.

    Args:
        network: a :class:`Dbn`, changed in place.
        music: standardised steps of recordings, ``[n, F]`` each.
        seed: of the machines.
        updates: of each machine.
    """
    assert isinstance(network, Dbn)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        rows = torch.cat([network.expand(steps[None])[0] for steps in music])
        rows = rows[torch.randperm(len(rows), generator=generator)[:MOST_ROWS]]
        for number, layer in enumerate(network.layers):
            assert isinstance(layer, nn.Linear)
            first = number == 0
            machine = Rbm(rows.shape[1], layer.out_features, gaussian=first, generator=generator)
            machine.fit(rows, updates=updates, rate=0.01 if first else 0.1)
            layer.weight.copy_(machine.weight.T)
            layer.bias.copy_(machine.hidden_bias)
            rows = machine.hidden(rows)


def _system(name: str, parts: tuple[str, ...], scales: tuple[int, ...]) -> System:
    recipe = Recipe(
        ears.log_mel(*parts),
        partial(Dbn, scales=scales),
        sequence=20,
        distribution=True,
        parts=parts,
        pretrain=pretrain,
        updates=400,
        batch=32,
    )
    return System(name, SOURCE, SequenceFit(recipe), causal=True, live=True, pretrained=True)


SYSTEMS = (
    _system("DBN, single frame", ("frame",), ()),
    _system("DBN, 1, 2 and 4 s", ("frame", "mean"), SCALES),
)
