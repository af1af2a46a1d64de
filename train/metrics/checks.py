"""Checks that all metrics share."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64 = NDArray[np.float64]


def validate(*arrays: ArrayLike, dimensions: int = 1) -> tuple[Float64, ...]:
    """Return arrays as float64 after checking that they belong together.

    Raises:
        ValueError: shapes differ, the number of axes is wrong, or a value is not finite.
    """
    given = tuple(np.asarray(array, np.float64) for array in arrays)
    for array in given:
        if array.ndim != dimensions:
            raise ValueError(f"expected {dimensions} axes, got shape {array.shape}")
        if array.shape != given[0].shape:
            raise ValueError(f"shapes differ: {given[0].shape} and {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError("values must be finite")
    return given


def undefined(why: str) -> float:
    """Warn and return nan."""
    warnings.warn(why, UserWarning, stacklevel=3)
    return float("nan")
