"""Predicted distributions against those of the raters.

A distribution over arousal and valence is a Gaussian with independent dimensions, as the
model gives it: means ``[n, D]`` and standard deviations ``[n, D]``.

* AMD: average mean distance, the Euclidean distance between the means (Schmidt, Kim,
  ISMIR 2010), 0 is perfect.
* KL: divergence of the predicted from the rated distribution, in nats, 0 is perfect.
* coverage: share of ratings within k predicted standard deviations of the predicted mean;
  0.683 and 0.954 are right for k of 1 and 2 where the spread is honest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from train.metrics.checks import undefined, validate

# Half-widths, in standard deviations, of the bands that hold 68 % and 95 %.
BANDS = {"coverage_68": 0.994457883209753, "coverage_95": 1.959963984540054}


def amd(rated: ArrayLike, estimated: ArrayLike) -> float:
    """Return the mean distance between rated and estimated means, ``[n, D]`` each."""
    y, x = validate(rated, estimated, dimensions=2)
    if not len(y):
        return undefined("AMD of nothing")
    return float(np.mean(np.sqrt(np.sum((x - y) ** 2, axis=1))))


def kl(
    rated: ArrayLike, rated_std: ArrayLike, estimated: ArrayLike, estimated_std: ArrayLike
) -> float:
    """Return the mean of KL(rated || estimated) over time, all ``[n, D]``.

    Raises:
        ValueError: a standard deviation is not above 0.
    """
    y, p, x, q = validate(rated, rated_std, estimated, estimated_std, dimensions=2)
    if not len(y):
        return undefined("KL divergence of nothing")
    if (p <= 0).any() or (q <= 0).any():
        raise ValueError("standard deviations must be above 0")
    each = np.log(q / p) + (p**2 + (x - y) ** 2) / (2.0 * q**2) - 0.5
    return float(np.mean(np.sum(each, axis=1)))


def coverage(rated: ArrayLike, estimated: ArrayLike, std: ArrayLike, width: float) -> float:
    """Return the share of ratings at most ``width`` standard deviations off."""
    y, x, s = validate(rated, estimated, std)
    if not len(y):
        return undefined("coverage of nothing")
    if (s <= 0).any():
        raise ValueError("standard deviations must be above 0")
    return float(np.mean(np.abs(x - y) <= width * s))


def evaluate(rated: ArrayLike, estimated: ArrayLike, std: ArrayLike) -> dict[str, float]:
    """Return the coverage of both bands in one dimension."""
    return {name: coverage(rated, estimated, std, width) for name, width in BANDS.items()}
