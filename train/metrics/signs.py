"""Signs and quadrants.

A quadrant is the pair of signs of (arousal, valence); an estimate of exactly 0 counts as
positive. Signs are given as -1 and 1.

* accuracy of a sign; area under the ROC curve of a sign: the chance that a positive
  recording is estimated above a negative one, ties counting half.
* quadrant accuracy; macro F1: the mean over quadrants of the harmonic mean of precision
  and recall; a quadrant that is neither rated nor estimated does not count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from train.metrics.checks import undefined, validate


def sign_accuracy(rated: ArrayLike, estimated: ArrayLike) -> float:
    """Return the share of estimates on the rated side of zero."""
    y, x = validate(rated, estimated)
    if not len(y):
        return undefined("accuracy of nothing")
    return float(np.mean((y >= 0) == (x >= 0)))


def auc(rated: ArrayLike, estimated: ArrayLike) -> float:
    """Return the area under the ROC curve, from ranks (Mann and Whitney 1947)."""
    y, x = validate(rated, estimated)
    positive = y >= 0
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return undefined("AUC needs both signs")
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    return float((ranks[positive].sum() - n * (n + 1) / 2.0) / (n * m))


def quadrants(values: ArrayLike) -> np.ndarray:
    """Return 0 to 3 for Q1 to Q4 of ``[n, 2]`` values (arousal, valence)."""
    (v,) = validate(values, dimensions=2)
    excited, pleasant = v[:, 0] >= 0, v[:, 1] >= 0
    return np.where(excited, np.where(pleasant, 0, 1), np.where(pleasant, 3, 2))


def quadrant_accuracy(rated: ArrayLike, estimated: ArrayLike) -> float:
    """Return the share of estimates in the rated quadrant, ``[n, 2]`` each."""
    y, x = quadrants(rated), quadrants(estimated)
    if y.shape != x.shape:
        raise ValueError(f"shapes differ: {y.shape} and {x.shape}")
    return float(np.mean(y == x)) if len(y) else undefined("accuracy of nothing")


def macro_f1(rated: ArrayLike, estimated: ArrayLike) -> float:
    """Return the mean F1 of the quadrants, ``[n, 2]`` each."""
    y, x = quadrants(rated), quadrants(estimated)
    if y.shape != x.shape:
        raise ValueError(f"shapes differ: {y.shape} and {x.shape}")
    scores = []
    for quadrant in range(4):
        either = np.sum(y == quadrant) + np.sum(x == quadrant)
        if either:
            scores.append(2.0 * np.sum((y == quadrant) & (x == quadrant)) / either)
    return float(np.mean(scores)) if scores else undefined("F1 of nothing")


def evaluate(rated: ArrayLike, estimated: ArrayLike) -> dict[str, float]:
    """Return every metric by name, ``[n, 2]`` each (arousal, valence)."""
    y, x = validate(rated, estimated, dimensions=2)
    return {
        "arousal_sign": sign_accuracy(y[:, 0], x[:, 0]),
        "valence_sign": sign_accuracy(y[:, 1], x[:, 1]),
        "arousal_auc": auc(y[:, 0], x[:, 0]),
        "valence_auc": auc(y[:, 1], x[:, 1]),
        "quadrant": quadrant_accuracy(y, x),
        "macro_f1": macro_f1(y, x),
    }
