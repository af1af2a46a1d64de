"""All systems over the same folds, and the table that says where we stand."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train import cache
from train.datasets.base import Recording
from train.evaluate import CROSS_CORPUS, hold_out
from train.judge import MARKS, Scores, judge
from train.predict import Series
from train.systems import SYSTEMS
from train.systems.base import System

SIGN_SIZE = 0.25  # a sign is fitted as this number, the usual spread of ratings
TRAINED_FOR_GREKOW = "emotify"  # the set the systems learn from to be judged on grekow

CEILING = (
    "raters themselves (square root of the split-half reliability)",
    {
        ("emotify", "arousal_r"): 0.975,
        ("emotify", "valence_r"): 0.927,
        ("vgmidi", "arousal_r"): 0.980,
        ("vgmidi", "valence_r"): 0.975,
        ("vgmidi", "arousal_within_r"): 0.819,
        ("vgmidi", "valence_within_r"): 0.825,
    },
)


def wanted(recording: Recording, scale: float) -> NDArray[np.float32]:
    """Return what a system is fitted to for each span, ``[spans, 2]``."""
    factor = SIGN_SIZE if recording.ratings.kind == "quadrant" else scale
    values: NDArray[np.float32] = np.float32(factor) * recording.ratings.mean
    return values


def estimate_set(
    system: System,
    recordings: list[Recording],
    fold_of: dict[str, int],
    judged: list[Recording],
    scale: float,
    folds: int,
    folder: Path,
) -> tuple[dict[str, Series], float]:
    """Return a system's estimates of the judged recordings, and the seconds spent fitting.

    Args:
        system: what estimates.
        recordings: of the set it is fitted to.
        fold_of: their folds.
        judged: the same recordings, each estimated by the fit that did not see its fold;
            or those of another set, estimated by the mean of all folds' fits.
        scale: of the fitted set's ratings.
        folds: their number.
        folder: of the cache; each fold is a piece of its own.
    """
    described: dict[str, NDArray[np.float32]] = {}

    def features(recording: Recording) -> NDArray[np.float32]:
        if recording.key not in described:
            described[recording.key] = system.describe(recording)
        return described[recording.key]

    foreign = judged[0].dataset != recordings[0].dataset
    sums: dict[str, NDArray[np.float64]] = {}
    stds = np.zeros(2)
    seconds = 0.0
    for fold in range(folds):
        targets = [r for r in judged if foreign or fold_of[r.key] == fold]
        kept = [r for r in recordings if fold_of[r.key] != fold]
        key = cache.fingerprint(
            system=[system.name, system.version],
            kept=[r.key for r in kept],
            judged=[r.key for r in targets],
            scale=scale,
        )

        def compute(
            kept: list[Recording] = kept, targets: list[Recording] = targets
        ) -> cache.Arrays:
            x = np.concatenate([features(r) for r in kept])
            y = np.concatenate([wanted(r, scale) for r in kept])
            given, spread = [], []
            begin = time.perf_counter()
            for d in range(2):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of convergence: early stopping decides
                    model = system.regressor(0).fit(x, y[:, d])
                spread.append(float(np.std(model.predict(x) - y[:, d])) + 1e-3)
                given.append(model.predict(np.concatenate([features(r) for r in targets])))
            taken = time.perf_counter() - begin
            return {"given": np.stack(given, 1), "std": np.array(spread), "s": np.array(taken)}

        piece = cache.cached(folder / f"{key}.npz", compute)
        seconds += float(piece["s"])
        stds += piece["std"] / folds
        begin = 0
        for r in targets:
            n = len(r.ratings.spans_s)
            share = piece["given"][begin : begin + n] / (folds if foreign else 1)
            sums[r.key] = sums.get(r.key, 0.0) + share
            begin += n
    series = {r.key: _as_series(r, sums[r.key], stds) for r in judged}
    return series, seconds / folds


def _as_series(recording: Recording, mean: NDArray[np.float64], std: NDArray[np.float64]) -> Series:
    """Return one estimate for each span as if it were given in the span's middle."""
    spans = recording.ratings.spans_s
    middle = np.where(np.isfinite(spans[:, 1]), spans.mean(1), 1e6)
    return Series(middle + 0.25, mean.astype(np.float32), np.tile(std, (len(mean), 1)))


def compare(
    recordings: list[Recording],
    scales: dict[str, float],
    folds: int,
    folder: Path,
    *,
    report: Callable[[str], None] = print,
) -> dict[str, tuple[dict[str, Scores], float]]:
    """Return each system's scores by dataset, and its seconds of fitting a fold."""
    fold_of, _ = hold_out(recordings, folds)
    results = {}
    for system in SYSTEMS:
        scores: dict[str, Scores] = {}
        total = 0.0
        for name in sorted({mark[0] for mark in MARKS}):
            judged = [r for r in recordings if r.dataset == name]
            source = TRAINED_FOR_GREKOW if name in CROSS_CORPUS else name
            members = [r for r in recordings if r.dataset == source]
            scale = scales.get(source, 1.0)
            series, seconds = estimate_set(system, members, fold_of, judged, scale, folds, folder)
            total += seconds
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # a constant has no correlation
                scores[name] = judge(judged, series, scales.get(name, 1.0))
            report(f"{system.name}: {name}")
        results[system.name] = (scores, total)
    return results


PAGE = """# Results

Every system over the same five folds by artist, series or song; of all held-out recordings
together. Written by `python -m train compare`. r is Pearson's, signs are accuracies.

{table}

The systems above ours hear a whole recording (vgmidi: a whole measure) before they say a word,
and are fitted to each set by itself; for grekow, to emotify. Ours is one causal model fitted to all
sets but grekow, and its value of a song is the mean of what it said while the song went on.

| system | source | seconds of fitting, all sets, one fold |
| --- | --- | --- |
{sources}

The raters' row is what a perfect model could reach; for sets without single ratings it is not
known.

Not reproduced yet: openSMILE descriptors with any regressor, the deep belief network (Schmidt et
al. 2013), the convolutional recurrent network (Malik et al. 2017), the convolutional autoencoder
(Yang) and the CNN and LSTM on embeddings (Diaz Banet 2021). One seed each.
"""


def write_page(
    path: Path,
    results: dict[str, tuple[dict[str, Scores], float]],
    ours: dict[str, Scores] | None,
) -> None:
    """Write the page of results.

    Args:
        path: of the Markdown file.
        results: as :func:`compare` gives them.
        ours: scores of our cross-validation, if there are any.
    """
    rows = {name: scores for name, (scores, _) in results.items()}
    if ours is not None:
        rows["**ours, causal**"] = ours
    sources = [
        f"| {system.name} | {system.source} | {results[system.name][1]:.1f} |" for system in SYSTEMS
    ]
    text = PAGE.format(table=results_table(rows), sources="\n".join(sources))
    path.write_text(text, encoding="utf-8")


def results_table(results: dict[str, dict[str, Scores]]) -> str:
    """Return the marks of every system as a Markdown table."""
    head = [f"{name} {key.replace('_', ' ')}" for name, key, _ in MARKS]
    lines = [f"| system | {' | '.join(head)} |", "|" + " --- |" * (len(head) + 1)]
    for system, scores in results.items():
        cells = []
        for name, key, _ in MARKS:
            value = scores.get(name, {}).get(key, float("nan"))
            cells.append("–" if np.isnan(value) else f"{value:.2f}")
        lines.append(f"| {system} | {' | '.join(cells)} |")
    lines.append(f"| mark | {' | '.join(f'{mark:.2f}' for _, _, mark in MARKS)} |")
    name, ceiling = CEILING
    cells = [f"{ceiling[mark[:2]]:.2f}" if mark[:2] in ceiling else "–" for mark in MARKS]
    lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
