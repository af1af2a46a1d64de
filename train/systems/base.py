"""What a span-wise system is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime_mer.frontend import normalise_steps
from train import features, yamnet
from train.datasets.base import Recording

Float32 = NDArray[np.float32]
Describe = Callable[[Recording], Float32]
Regressor = Callable[[int], Any]


@dataclass(frozen=True, slots=True)
class System:
    """A description of spans and a regressor over it.

    Attributes:
        name: as it stands in the table.
        source: paper or project it is taken from.
        describe: gives the features of each of a recording's spans, ``[spans, F]``.
        regressor: gives an unfitted scikit-learn regressor for one dimension and a seed.
        version: part of the cache's key; raise it with any change of the two above.
    """

    name: str
    source: str
    describe: Describe
    regressor: Regressor
    version: int = 1


def in_spans(recording: Recording, values: Float32, times_s: NDArray[np.float64]) -> Float32:
    """Return mean and spread of what was described inside each span.

    Args:
        recording: whose spans are meant.
        values: one row for each time, ``[n, F]``.
        times_s: rising, ``[n]``. A span without any takes the nearest.

    Returns:
        ``[spans, 2 * F]``.
    """
    rows = []
    for start_s, end_s in recording.ratings.spans_s:
        first, last = np.searchsorted(times_s, [start_s, end_s])
        if first == last:
            first = min(first, len(values) - 1)
            last = first + 1
        inside = values[first:last]
        rows.append(np.concatenate([inside.mean(0), inside.std(0)]))
    return np.array(rows, np.float32)


def log_mel_statistics(recording: Recording) -> Float32:
    """Describe spans by mean and spread of 64 level-normalised log-mel bands."""
    steps, music = normalise_steps(features.frames(recording).astype(np.float32))
    frames = steps[music].reshape(-1, steps.shape[2])
    starts = np.flatnonzero(music) * 0.5
    times_s = (starts[:, None] + 0.02 * (np.arange(25) + 0.5)).ravel().astype(np.float64)
    return in_spans(recording, frames, times_s)


def yamnet_statistics(recording: Recording) -> Float32:
    """Describe spans by mean and spread of YAMNet's embedding, in logarithms."""
    embedding = yamnet.steps(recording)["embedding"].astype(np.float32)
    times_s = np.arange(0.25, 0.5 * len(embedding), 0.5, dtype=np.float64)
    return in_spans(recording, np.log1p(10.0 * embedding), times_s)
