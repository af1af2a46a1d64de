"""Scores of a cross-validation: what every fold's model said of what it never heard, as one.

Everywhere here ``fold_of`` has the fold of each judged recording, ``by_fold`` each fold's
estimates by recording.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from train.datasets.base import Recording
from train.folds import CROSS_CORPUS
from train.judge import MARKS, Scores, deviations, judge, rated_and_given
from train.network import DIMENSIONS, RATED_SETS
from train.predict import Series
from train.settings import Settings


def pool(
    recordings: list[Recording],
    fold_of: dict[str, int],
    by_fold: list[dict[str, Series]],
    settings: Settings,
) -> dict[str, Scores]:
    """Return the scores of each dataset from the estimates of every fold's model."""
    scores: dict[str, Scores] = {}
    for name in sorted({r.dataset for r in recordings}):
        scale = settings.scales.get(name, 1.0)
        members = [r for r in recordings if r.dataset == name]
        beside: Scores = {}
        if name in CROSS_CORPUS:
            each = [judge(members, series, scale) for series in by_fold]
            pooled = {key: float(np.mean([s[key] for s in each])) for key in each[0]}
        elif all(r.key in fold_of for r in members):
            merged = {r.key: by_fold[fold_of[r.key]][r.key] for r in members}
            pooled = judge(members, merged, scale)
            if members[0].ratings.kind != "quadrant":
                beside = calibrated(members, fold_of, by_fold, scale)
            each = [
                judge([r for r in members if fold_of[r.key] == fold], series, scale)
                for fold, series in enumerate(by_fold)
            ]
        else:
            continue
        spread = {f"{key}_sd": float(np.std([s[key] for s in each])) for key in pooled}
        scores[name] = pooled | spread | beside
    return scores


def calibrated(
    recordings: Sequence[Recording],
    fold_of: dict[str, int],
    by_fold: list[dict[str, Series]],
    scale: float,
) -> Scores:
    """Return errors after each fold was brought to the set's scale by the other folds.

    Every set's raters have their own neutral and their own size of step. The straight line
    from estimates to ratings is fitted to the held-out estimates of the other folds, as is
    the constant that stands beside it.

    Args:
        recordings: of one dataset rated in numbers.
        fold_of, by_fold: as everywhere here.
        scale: factor from the set's ratings to the model's scale.

    Returns:
        For each dimension ``NAME_calibrated_rmse``, ``NAME_calibrated_r2`` (against that
        constant) and ``NAME_constant_rmse``.
    """
    pairs = [rated_and_given(r, by_fold[fold_of[r.key]][r.key], scale) for r in recordings]
    folds = np.concatenate(
        [np.full(len(p[0]), fold_of[r.key]) for r, p in zip(recordings, pairs, strict=True)]
    )
    rated = np.concatenate([p[0] for p in pairs])
    given = np.concatenate([p[1] for p in pairs])
    scores: Scores = {}
    for d, name in enumerate(DIMENSIONS):
        line, constant = np.empty(len(rated)), np.empty(len(rated))
        for fold in range(len(by_fold)):
            here, others = folds == fold, folds != fold
            slope, offset = np.polyfit(given[others, d], rated[others, d], 1)
            line[here] = slope * given[here, d] + offset
            constant[here] = rated[others, d].mean()
        error = np.mean((rated[:, d] - line) ** 2)
        floor = np.mean((rated[:, d] - constant) ** 2)
        scores[f"{name}_calibrated_rmse"] = float(np.sqrt(error))
        scores[f"{name}_constant_rmse"] = float(np.sqrt(floor))
        scores[f"{name}_calibrated_r2"] = float(1.0 - error / floor)
    return scores


def widening(
    recordings: Sequence[Recording],
    fold_of: dict[str, int],
    by_fold: list[dict[str, Series]],
    settings: Settings,
    without: int | None,
) -> NDArray[np.float32]:
    """Return the factor on the spread that makes 68 % bands hold 68 % of held-out ratings.

    One factor serves all datasets, so some get more and some less: the mean is right.

    Args:
        recordings: all of them; those rated in numbers and held out somewhere count, each
            dataset as much as another.
        fold_of: the fold of each recording.
        by_fold: each fold's estimates.
        settings: the scales of the datasets.
        without: a fold that does not count, so that it can be judged; None counts all.

    Returns:
        float32 ``[2]``.
    """
    deviating = []
    for name in sorted({r.dataset for r in recordings} & set(RATED_SETS)):
        members = [r for r in recordings if r.dataset == name and fold_of.get(r.key) is not None]
        members = [r for r in members if fold_of[r.key] != without]
        if members:
            series = {r.key: by_fold[fold_of[r.key]][r.key] for r in members}
            deviating.append(deviations(members, series, settings.scales.get(name, 1.0)))
    factors = np.exp(np.linspace(-2.0, 2.0, 4001))
    chosen = []
    for d in range(len(DIMENSIONS)):
        inside = [np.searchsorted(np.sort(off[:, d]), factors) / len(off) for off in deviating]
        chosen.append(factors[np.argmin(np.abs(np.mean(inside, axis=0) - 0.6827))])
    return np.array(chosen, np.float32)


def marks_table(scores: dict[str, Scores]) -> str:
    """Return the marks as a Markdown table: score, spread between folds, mark."""
    lines = ["| set | score | value | ± folds | mark |", "| --- | --- | --- | --- | --- |"]
    for name, key, mark in MARKS:
        if name in scores:
            s = scores[name]
            lines.append(f"| {name} | {key} | {s[key]:.3f} | {s[f'{key}_sd']:.3f} | {mark:.2f} |")
    return "\n".join(lines)
