"""Songs and estimates made of nothing, for tests of judging."""

from __future__ import annotations

import numpy as np

from train.datasets.base import Ratings, Recording
from train.predict import Series


def series(values: list[float], std: float = 0.2) -> Series:
    """Return estimates at 0.5, 1.0, ... s, the same in both dimensions."""
    mean = np.repeat(np.float32(values)[:, None], 2, axis=1)
    return Series(0.5 * np.arange(1, len(values) + 1), mean, np.full_like(mean, std))


def rated(dataset: str, values: np.ndarray) -> list[Recording]:
    """Return songs rated with the given values, each by an artist of its own."""
    return [
        Recording(dataset, str(i), None, str(i), Ratings.static(v[0], v[1]), "none")
        for i, v in enumerate(values)
    ]
