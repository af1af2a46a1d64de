"""Log-mel steps described in a few numbers, as systems take them that hear step by step.

The description is written once, in torch, and is part of the graph of an exported system, so
what is fitted here and what runs live cannot differ.
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from realtime_mer.frontend import FRONT_END, normalise_steps
from train import cache, features
from train.datasets.base import Recording

BANDS = FRONT_END.bands
COEFFICIENTS = 20
STEP_S = FRONT_END.frames_per_step / FRONT_END.hops_per_s
COLUMNS = {
    "mean": slice(0, 64),
    "spread": slice(64, 128),
    "mfcc": slice(128, 148),
    "mfcc_spread": slice(148, 168),
    "frame": slice(168, 232),
}
"""Where in the description each part lies: mean and spread of the bands and of the cepstral
coefficients over the step, and its last frame alone."""

WIDTH = 232
VERSION = 1


def columns(*parts: str) -> NDArray[np.intp]:
    """Return where some parts lie, one after another."""
    return np.concatenate([np.arange(COLUMNS[p].start, COLUMNS[p].stop) for p in parts])


@functools.cache
def cosines() -> Tensor:
    """Return the orthonormal DCT-II that makes cepstra of bands, ``[64, 20]``."""
    # Made by NumPy, so that a graph that is being traced holds numbers and not how to get them.
    order = np.arange(COEFFICIENTS)
    matrix = np.cos(np.pi * order * (np.arange(BANDS)[:, None] + 0.5) / BANDS)
    matrix *= np.where(order == 0, np.sqrt(1.0 / BANDS), np.sqrt(2.0 / BANDS))
    return torch.from_numpy(matrix.astype(np.float32))


def describe(frames: Tensor) -> Tensor:
    """Describe steps of level-normalised frames.

    Args:
        frames: ``[N, 25, 64]`` in dB.

    Returns:
        ``[N, 232]``; :data:`COLUMNS` says what lies where.
    """
    cepstra = frames @ cosines()
    return torch.cat(
        [frames.mean(1), _spread(frames), cepstra.mean(1), _spread(cepstra), frames[:, -1]], 1
    )


def _spread(values: Tensor) -> Tensor:
    # The floor keeps the square root's slope finite where nothing changes.
    return torch.sqrt((values - values.mean(1, keepdim=True)).square().mean(1) + 1e-4)


def steps(recording: Recording) -> dict[str, NDArray[np.float32]]:
    """Return the described steps of a recording that are music, from the cache if possible.

    Returns:
        ``time_s`` ``[n]``, end of each step; ``values`` float32 ``[n, 232]``.
    """

    def compute() -> cache.Arrays:
        raw = features.frames(recording).astype(np.float32)
        normalised, music = normalise_steps(raw)
        with torch.inference_mode():
            values = describe(torch.from_numpy(normalised[music])).numpy()
        return {"time_s": STEP_S * (np.flatnonzero(music) + 1.0), "values": values}

    frames = features.frames_path(recording)
    # Gate and level act here, not on the stored frames, so their constants belong to the key.
    constants = cache.fingerprint(
        version=VERSION, level=[FRONT_END.as_dict()[name] for name in features.LEVEL_CONSTANTS]
    )[:12]
    place = cache.CACHE / "steps" / f"{frames.parent.parent.name}-{constants}"
    return cache.cached(place / recording.dataset / frames.name, compute)
