"""Scores of estimates on each dataset, in the way that dataset is judged.

A song's value is the mean of its estimates after the first 5 s; of grekow's 6 s excerpts
the mean over the last 3 s; of a measure of vgmidi the mean of the estimates inside it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from train.datasets.base import Recording
from train.metrics import distribution, regression, signs
from train.network import DIMENSIONS
from train.predict import Series

SETTLE_S = {"grekow": 3.0}
DEFAULT_SETTLE_S = 5.0

Float64 = NDArray[np.float64]
Scores = dict[str, float]


def song_values(recordings: list[Recording], series: Mapping[str, Series]) -> Float64:
    """Return each recording's estimate as a whole, ``[n, 2]``."""
    return np.array(
        [series[r.key].song(SETTLE_S.get(r.dataset, DEFAULT_SETTLE_S)) for r in recordings]
    )


def song_stds(recordings: list[Recording], series: Mapping[str, Series]) -> Float64:
    """Return each recording's mean spread, ``[n, 2]``."""
    rows = []
    for r in recordings:
        s = series[r.key]
        late = s.time_s > SETTLE_S.get(r.dataset, DEFAULT_SETTLE_S)
        rows.append(s.std[late].mean(0) if late.any() else s.std.mean(0))
    return np.array(rows)


def span_values(recording: Recording, series: Series) -> tuple[Float64, Float64, Float64]:
    """Return which spans have an estimate, and their mean estimate and spread.

    A step belongs to the span its middle lies in; a span between two steps takes the
    nearest, if it is within a second.

    Returns:
        Indices ``[m]``, mean ``[m, 2]``, std ``[m, 2]``.
    """
    middle = series.time_s - 0.25
    indices, means, stds = [], [], []
    for i, (start_s, end_s) in enumerate(recording.ratings.spans_s):
        inside = (middle >= start_s) & (middle < end_s)
        if not inside.any() and len(middle):
            nearest = int(np.argmin(np.abs(middle - (start_s + end_s) / 2)))
            if abs(middle[nearest] - (start_s + end_s) / 2) <= 1.0:
                inside[nearest] = True
        if inside.any():
            indices.append(i)
            means.append(series.mean[inside].mean(0))
            stds.append(series.std[inside].mean(0))
    return np.array(indices, int), np.array(means).reshape(-1, 2), np.array(stds).reshape(-1, 2)


def rated_and_given(
    recording: Recording, series: Series, scale: float = 1.0
) -> tuple[Float64, Float64]:
    """Return ratings and the estimates that belong to them, ``[n, 2]`` each.

    One row for a recording rated as a whole, one for each span of one rated over time.
    """
    if recording.ratings.kind == "dynamic":
        index, mean, _ = span_values(recording, series)
        return scale * recording.ratings.mean[index].astype(np.float64), mean.astype(np.float64)
    given = song_values([recording], {recording.key: series}).astype(np.float64)
    return scale * recording.ratings.mean.astype(np.float64), given


def deviations(
    recordings: list[Recording], series: Mapping[str, Series], scale: float = 1.0
) -> Float64:
    """Return how many predicted standard deviations each rating is off, ``[n, 2]``.

    Args:
        recordings: rated in numbers, for the song or over time.
        series: estimates by key.
        scale: factor from the set's ratings to the model's scale.
    """
    if recordings[0].ratings.kind == "dynamic":
        parts = []
        for r in recordings:
            index, mean, std = span_values(r, series[r.key])
            parts.append(np.abs(scale * r.ratings.mean[index] - mean) / std)
        return np.concatenate(parts)
    wanted = scale * np.array([r.ratings.mean[0] for r in recordings])
    off = np.abs(wanted - song_values(recordings, series))
    return np.asarray(off / song_stds(recordings, series))


def judge(recordings: list[Recording], series: Mapping[str, Series], scale: float = 1.0) -> Scores:
    """Return the scores of one dataset's recordings.

    Args:
        recordings: of one dataset.
        series: estimates by the recordings' keys.
        scale: factor from the set's ratings to the model's scale.
    """
    kind = recordings[0].ratings.kind
    if kind == "quadrant":
        wanted = np.array([r.ratings.mean[0] for r in recordings])
        return dict(signs.evaluate(wanted, song_values(recordings, series)))
    if kind == "dynamic":
        return _judge_dynamic(recordings, series, scale)
    wanted = scale * np.array([r.ratings.mean[0] for r in recordings], float)
    given, stds = song_values(recordings, series), song_stds(recordings, series)
    scores: Scores = {}
    for d, name in enumerate(DIMENSIONS):
        for metric, value in regression.evaluate(wanted[:, d], given[:, d]).items():
            scores[f"{name}_{metric}"] = value
        for metric, value in distribution.evaluate(wanted[:, d], given[:, d], stds[:, d]).items():
            scores[f"{name}_{metric}"] = value
    scores["amd"] = distribution.amd(wanted, given)
    spread = scale * np.array([r.ratings.spread[0] for r in recordings], float)
    return scores | _divergence(wanted, spread, given, stds)


def _judge_dynamic(
    recordings: list[Recording], series: Mapping[str, Series], scale: float
) -> Scores:
    wanted, given, stds, spreads = [], [], [], []
    for recording in recordings:
        index, mean, std = span_values(recording, series[recording.key])
        wanted.append(scale * recording.ratings.mean[index].astype(float))
        spreads.append(scale * recording.ratings.spread[index].astype(float))
        given.append(mean)
        stds.append(std)
    all_wanted, all_given, all_std = map(np.concatenate, (wanted, given, stds))
    scores: Scores = {}
    for d, name in enumerate(DIMENSIONS):
        y, x = all_wanted[:, d], all_given[:, d]
        for metric, value in regression.evaluate(y, x).items():
            scores[f"{name}_{metric}"] = value
        for metric, value in distribution.evaluate(y, x, all_std[:, d]).items():
            scores[f"{name}_{metric}"] = value
        scores[f"{name}_within_r"] = regression.within_song_r(
            [song[:, d] for song in wanted], [song[:, d] for song in given]
        )
    scores["amd"] = distribution.amd(all_wanted, all_given)
    return scores | _divergence(all_wanted, np.concatenate(spreads), all_given, all_std)


def _divergence(rated: Float64, spread: Float64, given: Float64, std: Float64) -> Scores:
    """Return the KL divergence as ``kl``, or nothing where a spread between raters is unknown."""
    if not np.isfinite(spread).all() or (spread <= 0).any():
        return {}
    return {"kl": distribution.kl(rated, spread, given, std)}


# The marks of the live model: dataset, score, how it is written.
MARKS = (
    ("emotify", "arousal_r", 0.82),
    ("emotify", "valence_r", 0.60),
    ("panda4q", "arousal_sign", 0.90),
    ("panda4q", "valence_sign", 0.78),
    ("panda4q", "macro_f1", 0.72),
    ("grekow", "arousal_r", 0.80),
    ("grekow", "valence_r", 0.58),
    ("vgmidi", "arousal_r", 0.70),
    ("vgmidi", "valence_r", 0.65),
    ("vgmidi", "arousal_within_r", 0.35),
    ("vgmidi", "valence_within_r", 0.35),
    ("emopia", "arousal_sign", 0.88),
    ("emopia", "valence_sign", 0.76),
)
