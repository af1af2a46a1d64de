"""Convolutional recurrent networks with and without branches (Malik et al. 2017).

Malik, Adavanne, Drossos, Virtanen, Ticha, Jarina, "Stacked convolutional and recurrent neural
networks for music emotion recognition", SMC 2017. A 3×3 convolution of 8 filters over steps
and features, a fully connected layer of 8 for each step, then for arousal and for valence a
bidirectional GRU of 8 and a maxout layer; CRNN_NB has one such branch for both. Sequences of
10, 20, 30 and 60 steps of 500 ms, on log-mel or on the 260 openSMILE features. Not causal:
the GRU hears a window from both ends.

The paper's settings except: fewer updates (:mod:`train.systems.sequences`), and mean and
spread of our 64 bands in each step as the log-mel features.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from train.systems import ears
from train.systems.base import System
from train.systems.recipe import Recipe
from train.systems.sequences import SequenceFit

SOURCE = "Malik et al. 2017"
SEQUENCES = (10, 20, 30, 60)
FILTERS, UNITS, PIECES, DROPOUT = 8, 8, 2, 0.25


class Branch(nn.Module):
    """Bidirectional GRU and a maxout layer.

    Shape:
        - Input: ``[B, T, size]``
        - Output: ``[B, T, outputs]``
    """

    def __init__(self, size: int, outputs: int) -> None:
        super().__init__()
        self.outputs = outputs
        self.memory = nn.GRU(size, UNITS, batch_first=True, bidirectional=True)
        self.pieces = nn.Linear(2 * UNITS, outputs * PIECES)

    def forward(self, values: Tensor) -> Tensor:
        remembered, _ = self.memory(values)
        pieces: Tensor = self.pieces(remembered)
        return pieces.reshape(*pieces.shape[:2], self.outputs, PIECES).amax(-1)


class Crnn(nn.Module):
    """The network.

    Args:
        features: F.
        planes: the features are this many pictures of F / planes columns: 2 for mean and
            spread of bands, 1 for features without an order.
        branches: one for each dimension, or one for both.

    Shape:
        - Input: ``[B, T, F]``
        - Output: ``[B, T, 2]``
    """

    def __init__(self, features: int, planes: int, branches: bool) -> None:
        super().__init__()
        self.planes = planes
        self.conv = nn.Conv2d(planes, FILTERS, 3, padding=1)
        self.norm = nn.BatchNorm2d(FILTERS)
        self.dense = nn.Linear(FILTERS * (features // planes), UNITS)
        self.drop = nn.Dropout(DROPOUT)
        count, outputs = (2, 1) if branches else (1, 2)
        self.branches = nn.ModuleList(Branch(UNITS, outputs) for _ in range(count))

    def forward(self, values: Tensor) -> Tensor:
        # [B, planes, T, F / planes]
        picture = values.reshape(*values.shape[:2], self.planes, -1).transpose(1, 2)
        seen = self.drop(torch.relu(self.norm(self.conv(picture))))
        dense = self.drop(torch.relu(self.dense(seen.transpose(1, 2).flatten(2))))
        return torch.cat([branch(dense) for branch in self.branches], -1)


def _system(branches: bool, features: str, sequence: int) -> System:
    log_mel = features == "log-mel"
    recipe = Recipe(
        ear=ears.log_mel("mean", "spread") if log_mel else ears.open_smile,
        build=partial(Crnn, planes=2 if log_mel else 1, branches=branches),
        sequence=sequence,
        windows=True,
        batch=max(12, 600 // sequence),  # as many steps whatever the length of a sequence
        updates=100,
    )
    name = f"{'CRNN' if branches else 'CRNN_NB'}, {features}, {sequence} steps"
    ear = "log-mel" if log_mel else "openSMILE"
    return System(name, SOURCE, SequenceFit(recipe), ear, effort=2)


SYSTEMS = tuple(
    _system(branches, features, sequence)
    for branches in (True, False)
    for features in ("log-mel", "260 features")
    for sequence in SEQUENCES
)
