"""Cross-validation: every recording is judged by a model that never heard its group."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime_mer.frontend import FRONT_END
from train import cache, crew, features, plots, yamnet
from train.audio import INSTRUMENTS, load_audio
from train.crops import Example
from train.datasets.base import Recording
from train.fit import fit
from train.folds import assign_folds
from train.judge import MARKS, Scores, deviations, judge, rated_and_given
from train.metrics.reaction import reaction_time
from train.network import DIMENSIONS, RATED_SETS, MoodNetwork
from train.predict import Series, predict
from train.settings import Settings
from train.teacher import teach

# Judged as a set nobody trained on: its excerpts test whether the model carries over.
CROSS_CORPUS = ("grekow",)
WIDENING = "widening.npz"


def load_examples(
    recordings: Sequence[Recording],
    renderings: int,
    held_out: Sequence[Set[str]] = (),
    fold_of: Mapping[str, int] | None = None,
) -> list[Example]:
    """Return recordings with all they are trained on, from the cache where possible.

    Args:
        recordings: those without audio are left out.
        renderings: soundfonts for MIDI.
        held_out: for each network that is to have a teacher, what it must not hear; nothing
            where there are no teachers, which then needs no YAMNet.
        fold_of: as :func:`hold_out` gives it.
    """
    from rich.progress import track

    recordings = [r for r in recordings if r.path is not None]
    answers = {}
    if held_out:
        for recording in track(recordings, "YAMNet"):
            yamnet.steps(recording)
        answers = teach(recordings, held_out, fold_of or {})
    examples = []
    for recording in track(recordings, "Frames"):
        instruments = INSTRUMENTS[: renderings if recording.is_midi else 1]
        frames = tuple(features.frames(recording, instrument) for instrument in instruments)
        # Another soundfont changes what YAMNet hears little, and the notes stay in place.
        taught = (answers[recording.key],) if recording.key in answers else ()
        examples.append(Example(recording, frames, taught))
    return examples


def hold_out(recordings: Sequence[Recording], folds: int) -> tuple[dict[str, int], list[set[str]]]:
    """Return the fold of each judged recording, and what each network must not hear.

    The last of the ``folds + 1`` networks hears everything: it is the one to export.
    """
    # emomusic's few songs, and what nobody rated, are trained on always and judged never.
    judged = [
        r
        for r in recordings
        if r.dataset not in (*CROSS_CORPUS, "emomusic") and r.ratings.kind != "none"
    ]
    fold_of = assign_folds(judged, folds) if judged else {}
    foreign = {r.key for r in recordings if r.dataset in CROSS_CORPUS}
    held: list[set[str]] = [
        foreign | {key for key, other in fold_of.items() if other == fold} for fold in range(folds)
    ]
    return fold_of, [*held, set()]


def cross_validate(
    examples: list[Example],
    settings: Settings,
    folder: Path,
    *,
    report: Callable[[str], None] = print,
) -> dict[str, Scores]:
    """Fit a network for every fold, and one on everything, and judge those of the folds.

    Args:
        examples: of all datasets; those of :data:`CROSS_CORPUS` are in no fold's training.
        settings: of the run.
        folder: gets the checkpoint, each fold's estimates and ``scores.json``; a run that
            was stopped goes on where it was.
        report: takes lines of progress.

    Returns:
        Scores by dataset: of all held-out recordings together, and with ``_sd`` the
        standard deviation between folds. Of several processes the first returns them.
    """
    recordings = [e.recording for e in examples]
    fold_of, held_out = hold_out(recordings, settings.folds)
    report(f"{len(examples)} recordings, {settings.folds} folds and one network on everything")
    networks = fit(examples, settings, folder, held_out=held_out, resume=True, report=report)
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


def marks_table(scores: dict[str, Scores]) -> str:
    """Return the marks as a Markdown table: score, spread between folds, mark."""
    lines = ["| set | score | value | ± folds | mark |", "| --- | --- | --- | --- | --- |"]
    for name, key, mark in MARKS:
        if name in scores:
            s = scores[name]
            lines.append(f"| {name} | {key} | {s[key]:.3f} | {s[f'{key}_sd']:.3f} | {mark:.2f} |")
    return "\n".join(lines)


def save_series(path: Path, series: dict[str, Series]) -> None:
    """Write estimates of many recordings to one file."""
    names = sorted(series)
    cache.save_arrays(
        path,
        {
            "keys": np.array(names),
            "counts": np.array([len(series[name].time_s) for name in names]),
            "time_s": np.concatenate([series[name].time_s for name in names]),
            "mean": np.concatenate([series[name].mean for name in names]),
            "std": np.concatenate([series[name].std for name in names]),
        },
    )


def load_series(path: Path) -> dict[str, Series] | None:
    """Read what :func:`save_series` wrote, None where it is not there."""
    arrays = cache.load_arrays(path)
    if arrays is None:
        return None
    ends = np.cumsum(arrays["counts"])
    return {
        str(key): Series(*(arrays[name][end - n : end] for name in ("time_s", "mean", "std")))
        for key, n, end in zip(arrays["keys"], arrays["counts"], ends, strict=True)
    }
