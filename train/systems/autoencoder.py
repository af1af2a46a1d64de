"""Convolutional autoencoder on half a second (Yoon Mo Yang, "Short-Time Emotion Tracker").

500 ms of sound as one spectrum of 96 mel bands, the mean over its frames; convolutions over
the bands reduce it to a code from which it is put together again, learned without ratings;
two layers with tanh make arousal and valence of the code, and everything is fine-tuned.

The project's settings except: our front end's 64 bands, read at 96 points by straight lines
between them, and averaged over the 25 frames of a step in place of 17, so that it can run on
what the live tracker hears; fewer updates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from train.steps import BANDS
from train.systems import ears
from train.systems.base import System
from train.systems.recipe import Recipe
from train.systems.sequences import SequenceFit

SOURCE = 'Yang, "Short-Time Emotion Tracker"'
POINTS, CODE = 96, 24
MOST_ROWS = 20_000


def reading(bands: int = BANDS, points: int = POINTS) -> Tensor:
    """Return the matrix that reads bands at evenly spaced points, ``[bands, points]``."""
    at = np.linspace(0, bands - 1, points)
    rows = [np.interp(at, np.arange(bands), unit) for unit in np.eye(bands)]
    return torch.tensor(np.array(rows), dtype=torch.float32)


class Autoencoder(nn.Module):
    """The network: encoder, decoder and regressor.

    Shape:
        - Input: ``[B, T, 64]``
        - Output: ``[B, T, 2]`` in -1 to 1
    """

    reading: Tensor
    state_shape = (1, 1)  # it remembers nothing

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("reading", reading(features))
        self.encoder = nn.Sequential(
            nn.Conv1d(1, 8, 5, stride=2, padding=2),
            nn.Tanh(),
            nn.Conv1d(8, 16, 5, stride=2, padding=2),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(16 * POINTS // 4, CODE),
            nn.Tanh(),
        )
        self.decoder = nn.Sequential(
            nn.Linear(CODE, 16 * POINTS // 4),
            nn.Tanh(),
            nn.Unflatten(1, (16, POINTS // 4)),
            nn.ConvTranspose1d(16, 8, 4, stride=2, padding=1),
            nn.Tanh(),
            nn.ConvTranspose1d(8, 1, 4, stride=2, padding=1),
        )
        self.regressor = nn.Sequential(nn.Linear(CODE, 16), nn.Tanh(), nn.Linear(16, 2), nn.Tanh())

    def spectrum(self, values: Tensor) -> Tensor:
        """Return spectra of 96 points, ``[N, 1, 96]`` of ``[N, 64]``."""
        return (values @ self.reading)[:, None]

    def forward(self, values: Tensor) -> Tensor:
        code = self.encoder(self.spectrum(values.flatten(0, 1)))
        estimate: Tensor = self.regressor(code).reshape(*values.shape[:2], 2)
        return estimate

    def step(self, values: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate one step; the state is passed on."""
        return self.regressor(self.encoder(self.spectrum(values))), state


def pretrain(network: nn.Module, music: Sequence[Tensor], seed: int, updates: int = 300) -> None:
    """Fit encoder and decoder to give music back.

    Args:
        network: an :class:`Autoencoder`, changed in place.
        music: standardised steps of recordings, ``[n, 64]`` each.
        seed: of the order.
        updates: of 128 steps each.
    """
    assert isinstance(network, Autoencoder)
    generator = torch.Generator().manual_seed(seed)
    rows = torch.cat(list(music))
    rows = rows[torch.randperm(len(rows), generator=generator)[:MOST_ROWS]]
    weights = [*network.encoder.parameters(), *network.decoder.parameters()]
    optimiser = torch.optim.Adam(weights, lr=2e-3)
    for _ in range(updates):
        batch = rows[torch.randint(len(rows), (128,), generator=generator)]
        spectrum = network.spectrum(batch)
        loss = (network.decoder(network.encoder(spectrum)) - spectrum).square().mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()


SYSTEMS = (
    System(
        "convolutional autoencoder, 500 ms",
        SOURCE,
        SequenceFit(
            Recipe(
                ears.log_mel("mean"),
                Autoencoder,
                sequence=12,
                parts=("mean",),
                pretrain=pretrain,
                updates=300,
                batch=32,
                rate=2e-3,
            )
        ),
        causal=True,
        live=True,
        pretrained=True,
    ),
)
