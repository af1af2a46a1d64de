"""Convolutional network on MFCC and on a pre-trained embedding (Diaz Banet 2021).

Two convolutions over the last 6 s of steps, their mean, and a linear output. It looks back
alone, so it is causal; before the beginning it sees the average of all music. Sizes and
updates are ours.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from train.systems import ears
from train.systems.base import System
from train.systems.lstm import MFCC, SEQUENCE, SOURCE
from train.systems.recipe import Recipe
from train.systems.sequences import SequenceFit, on_users_vggish

CHANNELS, KERNEL, POOLED, DROPOUT = 32, 3, 8, 0.2
WINDOW = POOLED + 2 * (KERNEL - 1)  # steps that an estimate looks at: 6 s


class Cnn(nn.Module):
    """The network.

    Args:
        features: F.
        reduced: a learned projection to this many features comes first; 0 for none.
        outputs: D.

    Shape:
        - Input: ``[B, T, F]``
        - Output: ``[B, T, D]``
    """

    def __init__(self, features: int, reduced: int = 0, outputs: int = 2) -> None:
        super().__init__()
        width = reduced or features
        self.state_shape = (WINDOW - 1, width)
        self.reduce = nn.Linear(features, reduced, bias=False) if reduced else nn.Identity()
        self.first = nn.Conv1d(width, CHANNELS, KERNEL)
        self.second = nn.Conv1d(CHANNELS, CHANNELS, KERNEL)
        self.drop = nn.Dropout(DROPOUT)
        self.out = nn.Linear(CHANNELS, outputs)

    def _windows(self, steps: Tensor) -> Tensor:
        """Return an estimate for every whole window of ``[B, n, F]``."""
        seen = torch.relu(self.second(torch.relu(self.first(steps.transpose(1, 2)))))
        pooled = functional.avg_pool1d(seen, POOLED, stride=1).transpose(1, 2)
        estimate: Tensor = self.out(self.drop(pooled))
        return estimate

    def forward(self, values: Tensor) -> Tensor:
        return self._windows(functional.pad(self.reduce(values), (0, 0, WINDOW - 1, 0)))

    def step(self, values: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance by one step; the state holds the steps before it."""
        steps = torch.cat([state, self.reduce(values)[None]], 0)
        return self._windows(steps.transpose(0, 1))[:, -1], steps[1:]


SYSTEMS = (
    System(
        "CNN on MFCC",
        SOURCE,
        SequenceFit(Recipe(ears.log_mel(*MFCC), Cnn, SEQUENCE, parts=MFCC, updates=300)),
        causal=True,
        live=True,
    ),
    System(
        "CNN on YAMNet's embedding",
        SOURCE,
        SequenceFit(
            Recipe(
                ears.yamnet_embedding, partial(Cnn, reduced=48), SEQUENCE, updates=200, rate=2e-3
            )
        ),
        ear="YAMNet",
        causal=True,
    ),
)


def on_vggish() -> tuple[System, ...]:
    """Return the system on VGGish's embedding, where the user has its weights."""
    return on_users_vggish("CNN", SOURCE, Cnn, SEQUENCE)
