"""Numbers against numbers.

* RMSE and MAE: size of the error, 0 is perfect.
* r: Pearson's correlation, blind to scale and offset.
* R²: share of the raters' variance explained; 0 is the constant mean, it may be negative.
* CCC: concordance (Lin 1989): r, lowered by any difference of scale or offset.
* per song: a metric in each song, then mean and standard deviation over songs.
* within-song r: correlation after each song's own means are taken off, all songs pooled;
  what is left is following the music, not knowing the song.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from train.metrics.checks import undefined, validate

Metric = Callable[[ArrayLike, ArrayLike], float]


def rmse(rated: ArrayLike, estimated: ArrayLike) -> float:
    """Return the root mean square error."""
    y, x = validate(rated, estimated)
    if not len(y):
        return undefined("RMSE of nothing")
    return float(np.sqrt(np.mean((x - y) ** 2)))


def mae(rated: ArrayLike, estimated: ArrayLike) -> float:
    """Return the mean absolute error."""
    y, x = validate(rated, estimated)
    return float(np.mean(np.abs(x - y))) if len(y) else undefined("MAE of nothing")


def pearson(rated: ArrayLike, estimated: ArrayLike) -> float:
    """Return Pearson's correlation, -1 to 1."""
    y, x = validate(rated, estimated)
    if len(y) < 2:
        return undefined("a correlation needs two values")
    y, x = y - y.mean(), x - x.mean()
    size = np.sqrt(np.sum(y**2) * np.sum(x**2))
    if size <= 1e-12 * len(y):
        return undefined("a correlation with a constant")
    return float(np.clip(np.sum(x * y) / size, -1.0, 1.0))


def r2(rated: ArrayLike, estimated: ArrayLike) -> float:
    """Return the coefficient of determination, at most 1."""
    y, x = validate(rated, estimated)
    if len(y) < 2:
        return undefined("R² needs two values")
    total = np.sum((y - y.mean()) ** 2)
    if total <= 1e-12 * len(y):
        return undefined("R² of constant ratings")
    return float(1.0 - np.sum((x - y) ** 2) / total)


def ccc(rated: ArrayLike, estimated: ArrayLike) -> float:
    """Return Lin's concordance correlation coefficient, -1 to 1."""
    y, x = validate(rated, estimated)
    if len(y) < 2:
        return undefined("CCC needs two values")
    size = y.var() + x.var() + (y.mean() - x.mean()) ** 2
    if size <= 1e-12:
        return undefined("CCC of two equal constants")
    return float(2.0 * np.mean((x - x.mean()) * (y - y.mean())) / size)


METRICS: Mapping[str, Metric] = {"rmse": rmse, "mae": mae, "r": pearson, "r2": r2, "ccc": ccc}


def within_song_r(rated: Sequence[ArrayLike], estimated: Sequence[ArrayLike]) -> float:
    """Return the correlation left when each song's means are taken off.

    Args:
        rated: for each song its ratings over time.
        estimated: for each song the estimates at the same times.
    """
    if len(rated) != len(estimated):
        raise ValueError(f"{len(rated)} songs rated, {len(estimated)} estimated")
    ys, xs = [], []
    for song_rated, song_estimated in zip(rated, estimated, strict=True):
        y, x = validate(song_rated, song_estimated)
        if len(y):
            ys.append(y - y.mean())
            xs.append(x - x.mean())
    if not ys:
        return undefined("no song has ratings")
    return pearson(np.concatenate(ys), np.concatenate(xs))


def evaluate(rated: ArrayLike, estimated: ArrayLike) -> dict[str, float]:
    """Return every metric of one dimension by name, pooled."""
    return {name: metric(rated, estimated) for name, metric in METRICS.items()}


def evaluate_per_song(
    rated: Sequence[ArrayLike], estimated: Sequence[ArrayLike]
) -> dict[str, float]:
    """Return each metric's mean and standard deviation (``NAME_sd``) over songs.

    Songs in which a metric is undefined (constant ratings) do not count for it.
    """
    if len(rated) != len(estimated):
        raise ValueError(f"{len(rated)} songs rated, {len(estimated)} estimated")
    scores: dict[str, float] = {}
    for name, metric in METRICS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            values = np.array([metric(y, x) for y, x in zip(rated, estimated, strict=True)])
        values = values[np.isfinite(values)]
        if len(values):
            scores[name], scores[f"{name}_sd"] = float(values.mean()), float(values.std())
        else:
            scores[name] = scores[f"{name}_sd"] = undefined(f"{name} is defined in no song")
    within = within_song_r(rated, estimated)
    return scores | {"within_song_r": within}
