"""LSTM on MFCC and on a pre-trained embedding (Diaz Banet 2021).

One recurrent layer over the steps so far and a linear output, on 20 cepstral coefficients
(mean and spread in each step) or on an embedding: VGGish in the thesis; YAMNet here, and
VGGish where its weights are at hand. The number of units and of updates is ours. The thesis
also fits dominance; :mod:`train.systems.dominance` does, where it is rated.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from train.systems import ears
from train.systems.base import System
from train.systems.recipe import Recipe
from train.systems.sequences import SequenceFit, on_users_vggish

SOURCE = "Diaz Banet 2021"
MFCC = ("mfcc", "mfcc_spread")
UNITS, SEQUENCE, DROPOUT = 48, 30, 0.2


class Lstm(nn.Module):
    """The network.

    Args:
        features: F.
        reduced: a learned projection to this many features comes first; 0 for none.
        outputs: D.

    Shape:
        - Input: ``[B, T, F]``
        - Output: ``[B, T, D]``
    """

    state_shape = (2, UNITS)

    def __init__(self, features: int, reduced: int = 0, outputs: int = 2) -> None:
        super().__init__()
        self.reduce = nn.Linear(features, reduced) if reduced else nn.Identity()
        self.memory = nn.LSTM(reduced or features, UNITS, batch_first=True)
        self.drop = nn.Dropout(DROPOUT)
        self.out = nn.Linear(UNITS, outputs)

    def forward(self, values: Tensor) -> Tensor:
        remembered, _ = self.memory(self.reduce(values))
        estimate: Tensor = self.out(self.drop(remembered))
        return estimate

    def step(self, values: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance by one step; the state holds output and cell."""
        hidden = (state[:1].contiguous(), state[1:].contiguous())
        remembered, (output, cell) = self.memory(self.reduce(values)[:, None], hidden)
        return self.out(remembered[:, 0]), torch.cat([output, cell], 0)


SYSTEMS = (
    System(
        "LSTM on MFCC",
        SOURCE,
        SequenceFit(Recipe(ears.log_mel(*MFCC), Lstm, SEQUENCE, parts=MFCC, updates=300)),
        causal=True,
        live=True,
    ),
    System(
        "LSTM on YAMNet's embedding",
        SOURCE,
        SequenceFit(
            Recipe(ears.yamnet_embedding, partial(Lstm, reduced=48), SEQUENCE, updates=200)
        ),
        ear="YAMNet",
        causal=True,
    ),
)


def on_vggish() -> tuple[System, ...]:
    """Return the system on VGGish's embedding, where the user has its weights."""
    return on_users_vggish("LSTM", SOURCE, Lstm, SEQUENCE)
