"""Cross-validation: every recording is judged by a model that never heard its group."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from realtime_mer.frontend import FRONT_END
from train import cache, crew, plots
from train.audio import load_audio
from train.crops import Example
from train.fit import fit
from train.folds import CROSS_CORPUS, hold_out
from train.judge import Scores
from train.metrics.reaction import reaction_time
from train.network import RATED_SETS, MoodNetwork
from train.pooling import pool, widening
from train.predict import Series, predict, save_series
from train.pretraining import Weights
from train.settings import Settings

WIDENING = "widening.npz"


def cross_validate(
    examples: list[Example],
    settings: Settings,
    folder: Path,
    *,
    pretrained: Sequence[Weights] | None = None,
    report: Callable[[str], None] = print,
) -> dict[str, Scores]:
    """Fit a network for every fold, and one on everything, and judge those of the folds.

    Args:
        examples: of all datasets; those of :data:`CROSS_CORPUS` are in no fold's training.
        settings: of the run.
        folder: gets the checkpoint, each fold's estimates and ``scores.json``; a run that
            was stopped goes on where it was.
        pretrained: see :func:`train.fit.fit`.
        report: takes lines of progress.

    Returns:
        Scores by dataset: of all held-out recordings together, and with ``_sd`` the
        standard deviation between folds. Of several processes the first returns them.
    """
    recordings = [e.recording for e in examples]
    fold_of, held_out = hold_out(recordings, settings.folds)
    report(f"{len(examples)} recordings, {settings.folds} folds and one network on everything")
    networks = fit(
        examples,
        settings,
        folder,
        held_out=held_out,
        pretrained=pretrained,
        resume=True,
        report=report,
    )
    if crew.rank() > 0:
        return {}  # one process judges
    by_fold = []
    reactions: list[float] = []
    for fold, network in enumerate(networks[:-1]):
        path = folder / f"estimates-{fold}.npz"
        held = [
            e
            for e in examples
            if e.recording.dataset in CROSS_CORPUS or fold_of.get(e.recording.key) == fold
        ]
        series = estimates(network, held)
        save_series(path, series)
        by_fold.append(series)
        jumpers = [e for e in held if e.recording.dataset == "panda4q"]
        reactions += reaction_times(network, jumpers)
    # What was trained on is fitted better than what was not, so the spread comes out narrow.
    # Each fold's is widened as the other folds ask; the exported one's as all folds do.
    factors = [
        widening(recordings, fold_of, by_fold, settings, k) for k in (*range(len(by_fold)), None)
    ]
    cache.save_arrays(folder / WIDENING, {"factor": factors[-1]})
    by_fold = [
        {key: Series(s.time_s, s.mean, s.std * factor) for key, s in series.items()}
        for series, factor in zip(by_fold, factors[:-1], strict=True)
    ]
    scores = pool(recordings, fold_of, by_fold, settings)
    if reactions:
        scores["panda4q"]["reaction_s"] = float(np.median(reactions))
        scores["panda4q"]["reaction_s_sd"] = float(np.std(reactions))
    (folder / "scores.json").write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    draw_pictures(examples, fold_of, by_fold, folder)
    return scores


def draw_pictures(
    examples: list[Example],
    fold_of: dict[str, int],
    by_fold: list[dict[str, Series]],
    folder: Path,
) -> None:
    """Leave the run's pictures in its folder: loss, scatter of each set, one recording."""
    recordings = [e.recording for e in examples]
    plots.plot_loss(folder / "log.jsonl", folder / "loss.png")
    for name in sorted({r.dataset for r in recordings} & set(RATED_SETS)):
        members = [r for r in recordings if r.dataset == name and r.key in fold_of]
        if members:
            series = {r.key: by_fold[fold_of[r.key]][r.key] for r in members}
            plots.plot_scatter(members, series, folder / f"scatter-{name}.png")
    # The longest recording rated over time, else the longest: where there is most to see.
    judged = [r for r in recordings if r.key in fold_of]
    if judged:
        chosen = max(judged, key=lambda r: len(r.ratings.spans_s))
        samples, rate_hz = load_audio(chosen)
        series_of = by_fold[fold_of[chosen.key]][chosen.key]
        plots.plot_recording(chosen, samples, rate_hz, series_of, folder / "recording.png")


def reaction_times(
    network: MoodNetwork, examples: Sequence[Example], pairs: int = 20, seed: int = 0
) -> list[float]:
    """Return how many seconds the arousal takes to follow jumps from calm to excited.

    A calm recording's last 25 s and an excited one's first 25 s are heard as one stream.

    Args:
        network: that heard none of the examples.
        examples: rated with quadrants.
        pairs: how many jumps.
        seed: of the choice of pairs.

    Returns:
        Seconds until 63 % of the way, of the pairs in which arousal rises.
    """
    wanted = 25 * FRONT_END.hops_per_s
    calm = [e for e in examples if e.recording.ratings.mean[0, 0] < 0]
    excited = [e for e in examples if e.recording.ratings.mean[0, 0] > 0]
    generator = np.random.default_rng(seed)
    streams = []
    for _ in range(pairs if calm and excited else 0):
        first = calm[generator.integers(len(calm))].frames[0][-wanted:]
        second = excited[generator.integers(len(excited))].frames[0][:wanted]
        if len(first) == len(second) == wanted:
            streams.append(np.concatenate([first, second]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of pairs in which nothing rises
        times = [reaction_time(s.time_s, s.mean[:, 0], 25.0) for s in predict(network, streams)]
    return [t for t in times if np.isfinite(t)]


def estimates(network: MoodNetwork, examples: Sequence[Example]) -> dict[str, Series]:
    """Return the estimates of recordings in their first rendering, by key."""
    series = predict(network, [e.frames[0] for e in examples])
    return {e.recording.key: s for e, s in zip(examples, series, strict=True)}
