"""Causal systems as the tracker runs them: frames and a state in, an estimate and a state out.

A network that runs live has, besides its ``forward`` over whole sequences, ``step`` for one
step of several streams and ``state_shape``; both give the same estimates.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn

from realtime_mer.errors import UserError
from train.export import write
from train.network import DIMENSIONS
from train.steps import columns, describe
from train.systems.base import Lesson, System
from train.systems.recipe import SequenceModel, Standardised


class LiveNetwork(Protocol):
    """What a network of a live system can do besides ``forward``.

    Attributes:
        state_shape: layers and size of the state, the L and H of ``[L, B, H]``.
    """

    state_shape: tuple[int, int]

    def step(self, values: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Take ``[B, F]`` and ``[L, B, H]``; give ``[B, D]`` and the next state."""
        ...


class LiveSystem(nn.Module):
    """A fitted system from level-normalised frames to estimates.

    Args:
        model: fitted, of a recipe with ``parts``.
    """

    chosen: Tensor
    std: Tensor

    def __init__(self, model: SequenceModel) -> None:
        super().__init__()
        self.standardised: Standardised = model.network
        self.distribution = model.recipe.distribution
        self.dimensions = 3 if model.recipe.dominance else 2
        self.register_buffer("chosen", torch.from_numpy(columns(*model.recipe.parts)))
        # The spread of dominance is not known; that of valence stands in for it.
        std = model.std[[0, 1, 1][: self.dimensions]]
        self.register_buffer("std", torch.from_numpy(std.astype("float32")))

    @property
    def state_shape(self) -> tuple[int, int]:
        """Layers and size of the state."""
        return cast(LiveNetwork, self.standardised.network).state_shape

    def forward(self, frames: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Advance streams by one step.

        Args:
            frames: ``[B, 25, 64]``, level-normalised dB.
            state: ``[L, B, H]``, zeros where the listening begins.

        Returns:
            mean ``[B, D]`` in -1 to 1, std ``[B, D]`` and the next state ``[L, B, H]``; D is 3
            with dominance, else 2.
        """
        values = self.standardised.standardise(describe(frames)[:, self.chosen])
        output, next_state = cast(LiveNetwork, self.standardised.network).step(values, state)
        mean = output[:, : self.dimensions].clamp(-1.0, 1.0)
        if self.distribution:
            return mean, output[:, 2:4], next_state
        # A sum, since tracing would keep the example's number of streams in an expansion.
        return mean, self.std + torch.zeros_like(mean), next_state


def export_system(
    system: System, lesson: Lesson, path: Path, prior_std: tuple[float, float]
) -> SequenceModel:
    """Fit a causal system to a lesson and write it as a model of the live tracker.

    Args:
        system: one that runs live.
        lesson: what it learns from.
        path: of the ``.onnx`` file.
        prior_std: spread of the ratings, what an estimate is worth that rests on nothing.

    Raises:
        UserError: the system cannot run live.
    """
    if not system.live:
        raise UserError(
            f"The system '{system.name}' cannot run live: it hears more than the frames of "
            "the present and the past."
        )
    model = cast(SequenceModel, system.fit(lesson))
    training: dict[str, Any] = {
        "system": system.name,
        "source": system.source,
        "sets": sorted({r.dataset for r in lesson.recordings}),
        "recordings": len(lesson.recordings),
        "seed": lesson.seed,
    }
    live = LiveSystem(model).eval()
    names = (*DIMENSIONS, "dominance")[: live.dimensions]
    write(
        live,
        live.state_shape,
        path,
        name=system.name,
        prior_std=(*prior_std, prior_std[1])[: live.dimensions],
        training=training,
        dimensions=names,
    )
    return model
