"""What a sequence system learns from: steps with their ratings, and crops of these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from train.crops import targets
from train.datasets.base import Recording
from train.steps import STEP_S
from train.systems.base import Float32, Lesson
from train.systems.ears import Heard


@dataclass(frozen=True, slots=True)
class Rated:
    """A recording ready to be cut: steps, and what was said of each.

    Attributes:
        heard: its steps.
        target: ``[n, 2]`` on the common scale.
        spread: between raters, ``[n, 2]``; nan where unknown.
        rated: ``[n]``, 1 where there is a rating.
        dominance: ``[n]``; nan where unknown.
    """

    heard: Heard
    target: Float32
    spread: Float32
    rated: Float32
    dominance: Float32


def rate_steps(recording: Recording, heard: Heard, lesson: Lesson) -> Rated:
    """Return a recording's steps with what was rated in their middles."""
    scale = lesson.scale(recording)
    middles = heard.time_s - STEP_S / 2
    target, _, rated = targets(recording, middles, scale)
    if recording.ratings.kind == "quadrant":
        target = target * np.float32(scale)
    spans = recording.ratings.spans_s
    index = np.maximum(np.searchsorted(spans[:, 0], middles, side="right") - 1, 0)
    spread = np.float32(scale) * recording.ratings.spread[index]
    known = recording.ratings.dominance
    dominance = np.full(len(middles), np.nan, np.float32)
    if known is not None:
        dominance[rated] = np.float32(scale) * known[index[rated]]
    return Rated(heard, target, spread, rated.astype(np.float32), dominance)


def cut(
    rows: list[Rated], length: int, generator: np.random.Generator, centre: Float32
) -> tuple[Tensor, ...]:
    """Return values, targets, spreads, where there is a rating, and dominance, a crop a row.

    What is shorter than a crop is followed by the average of all music.
    """
    values = np.tile(centre, (len(rows), length, 1))
    target = np.zeros((len(rows), length, 2), np.float32)
    spread = np.full((len(rows), length, 2), np.nan, np.float32)
    rated = np.zeros((len(rows), length), np.float32)
    dominance = np.full((len(rows), length), np.nan, np.float32)
    for row, one in enumerate(rows):
        start = int(generator.integers(max(1, len(one.target) - length + 1)))
        piece = slice(start, start + length)
        n = len(one.target[piece])
        values[row, :n] = one.heard.values[piece]
        target[row, :n] = one.target[piece]
        spread[row, :n] = one.spread[piece]
        rated[row, :n] = one.rated[piece]
        dominance[row, :n] = one.dominance[piece]
    return tuple(map(torch.from_numpy, (values, target, spread, rated, dominance)))
