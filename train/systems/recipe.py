"""A sequence system: the recipe of its network, and how a fitted one is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from realtime_mer.frontend import normalise_steps
from train.datasets.base import Recording
from train.predict import Series
from train.steps import STEP_S, columns, describe
from train.systems.base import Float32
from train.systems.ears import Ear, Heard

FARTHEST = 5.0  # standard deviations; beyond is a flaw of a descriptor, not music


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one sequence system is made.

    Attributes:
        ear: what it hears.
        parts: of :data:`train.steps.COLUMNS`, where that is all it hears; then it can run
            live.
        build: gives the untrained network for a number of features; the network takes
            ``[B, T, F]`` and gives ``[B, T, 2]``, or ``[B, T, 4]`` where ``distribution``.
        sequence: steps in a crop.
        windows: estimates are made in windows of ``sequence`` steps, for networks that also
            look ahead; else from the beginning to the end of a recording.
        distribution: the last outputs are the spread between raters, fitted where known.
        dominance: the third output is dominance, fitted where it is rated.
        pretrain: given the network and standardised steps of music, fits what needs no
            ratings.
        updates, batch, rate: of Adam.
        decay: weight decay.
    """

    ear: Ear
    build: Callable[[int], nn.Module]
    sequence: int
    windows: bool = False
    distribution: bool = False
    dominance: bool = False
    parts: tuple[str, ...] = ()
    pretrain: Callable[[nn.Module, Sequence[Tensor], int], None] | None = None
    updates: int = 200
    batch: int = 24
    rate: float = 3e-3
    decay: float = 1e-4


class Standardised(nn.Module):
    """A network behind the standardisation of its input.

    Attributes:
        centre, width: of the features, ``[F]``.
    """

    centre: Tensor
    width: Tensor

    def __init__(self, network: nn.Module, centre: Float32, width: Float32) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("centre", torch.from_numpy(centre))
        self.register_buffer("width", torch.from_numpy(width))

    def standardise(self, values: Tensor) -> Tensor:
        """Return features with mean 0 and deviation 1 in training, cut at :data:`FARTHEST`."""
        return ((values - self.centre) / self.width).clamp(-FARTHEST, FARTHEST)

    def forward(self, values: Tensor) -> Tensor:
        output: Tensor = self.network(self.standardise(values))
        return output


class SequenceModel:
    """A fitted network and how it is asked.

    Args:
        network: with its standardisation.
        recipe: it was made by.
        std: deviation of its errors, ``[2]``.
    """

    def __init__(self, network: Standardised, recipe: Recipe, std: NDArray[np.float64]) -> None:
        self.network = network.eval()
        self.recipe = recipe
        self.std = std
        self.parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)

    def estimate(self, recording: Recording) -> Series:
        """Return an estimate for each step."""
        heard = self.recipe.ear(recording)
        return self.series(heard)

    def dominance(self, recording: Recording) -> Float32:
        """Return the estimate of dominance for each step, where the recipe has it."""
        output = respond(self.network, self.recipe.ear(recording).values, self.recipe)
        clipped: Float32 = np.clip(output[:, 2], -1.0, 1.0)
        return clipped

    def follow(self, frames: Float32) -> Series:
        """Return the estimates of raw log-mel frames ``[n, 64]``, where the recipe has parts."""
        steps, music = normalise_steps(frames)
        with torch.inference_mode():
            described = describe(torch.from_numpy(steps[music])).numpy()
        time_s = STEP_S * (np.flatnonzero(music) + 1).astype(np.float64)
        return self.series(Heard(time_s, described[:, columns(*self.recipe.parts)]))

    def series(self, heard: Heard) -> Series:
        """Return an estimate for each step heard, of a sequence from its beginning."""
        output = respond(self.network, heard.values, self.recipe)
        mean = np.clip(output[:, :2], -1.0, 1.0)
        std = np.tile(self.std.astype(np.float32), (len(mean), 1))
        if self.recipe.distribution:
            std = output[:, 2:4]
        return Series(heard.time_s, mean, std)


def respond(network: nn.Module, values: Float32, recipe: Recipe) -> Float32:
    """Return a network's output at each step of a recording, ``[n, D]``."""
    with torch.inference_mode():
        steps = torch.from_numpy(values)
        if not recipe.windows or len(values) <= recipe.sequence:
            output: Float32 = network(steps[None])[0].numpy()
            return output
        # Whole windows from the beginning; the last one ends where the recording does.
        starts = [*range(0, len(values) - recipe.sequence, recipe.sequence)]
        starts.append(len(values) - recipe.sequence)
        windows = torch.stack([steps[s : s + recipe.sequence] for s in starts])
        given = network(windows).numpy()
        result = np.empty((len(values), given.shape[2]), np.float32)
        for start, window in zip(starts, given, strict=True):
            result[start : start + recipe.sequence] = window
        return result
