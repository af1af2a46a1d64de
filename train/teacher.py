"""YAMNet's embedding as a second task: a few whitened principal components of it.

The projection is fitted to recordings' sound alone. It knows no rating.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train import yamnet
from train.audio import INSTRUMENTS, Instrument
from train.datasets.base import Recording

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Projection:
    """An affine map to standardised components.

    Attributes:
        centre: ``[1024]``.
        components: ``[1024, K]``, scaled so that each component has variance 1.
    """

    centre: Float32
    components: Float32

    def __call__(self, embedding: NDArray[np.float16]) -> NDArray[np.float16]:
        """Return ``[steps, K]`` of ``[steps, 1024]``."""
        projected = (compress(embedding) - self.centre) @ self.components
        return np.clip(projected, -8.0, 8.0).astype(np.float16)


def compress(embedding: NDArray[np.float16]) -> Float32:
    """Return the logarithm that makes the rectified units nearly normal."""
    logarithm: Float32 = np.log1p(10.0 * embedding.astype(np.float32))
    return logarithm


def fit_projection(
    recordings: Sequence[Recording], size: int, per_recording: int = 8
) -> Projection:
    """Fit the projection to a few steps of each recording, spread over its length."""
    chosen = []
    for recording in recordings:
        embedding = yamnet.steps(recording)["embedding"]
        rows = np.linspace(0, len(embedding) - 1, per_recording).astype(int)
        chosen.append(compress(embedding[rows]))
    sample = np.concatenate(chosen)
    centre = sample.mean(0)
    values, vectors = np.linalg.eigh(np.cov((sample - centre).T))
    top = np.argsort(values)[::-1][:size]
    return Projection(centre, (vectors[:, top] / np.sqrt(values[top] + 1e-6)).astype(np.float32))


def teach(
    projection: Projection,
    recording: Recording,
    instruments: Sequence[Instrument] = INSTRUMENTS[:1],
) -> tuple[NDArray[np.float16], ...]:
    """Return the components of every step, one array a rendering."""
    return tuple(projection(yamnet.steps(recording, i)["embedding"]) for i in instruments)
