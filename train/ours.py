"""Where our own model stands, from the folders of its cross-validations, one a seed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from realtime_mer.errors import UserError
from train.checkpoint import CHECKPOINT, load_network
from train.compare import JUDGED, Standing, over_folds, score
from train.datasets.base import Recording
from train.folds import CROSS_CORPUS, hold_out
from train.judge import Scores
from train.network import count_parameters
from train.predict import load_series
from train.settings import Settings


def stand(runs: Sequence[Path], recordings: list[Recording]) -> tuple[Standing, Standing]:
    """Return mean and standard deviation over runs of where the model stands.

    Args:
        runs: folders that ``python -m train evaluate`` wrote, with different seeds.
        recordings: of all sets.

    Raises:
        UserError: a folder has no scores, or two have the same seed.
    """
    seeds = [Settings.load(run / "settings.json").seed for run in runs]
    if len(set(seeds)) < len(seeds):
        raise UserError(f"The runs have the seeds {seeds}; give runs of different seeds.")
    each = [one_run(run, recordings) for run in runs]
    standing, spread = Standing(seeds=len(runs)), Standing(seeds=len(runs))
    for name in JUDGED:
        having = [s[name] for s in each if name in s]
        if having:
            keys = set.intersection(*(set(s) for s in having))
            table = {key: [s[key] for s in having] for key in sorted(keys)}
            standing.scores[name] = {key: float(np.mean(v)) for key, v in table.items()}
            spread.scores[name] = {key: float(np.std(v)) for key, v in table.items()}
    standing.across = {
        name: standing.scores[name] for name in CROSS_CORPUS if name in standing.scores
    }
    # A run that an earlier version made has scores, though its network is no more.
    with contextlib.suppress(UserError):
        network, _ = load_network(runs[0] / CHECKPOINT, -1)
        network.teacher = None
        standing.parameters = count_parameters(network)
    reactions = [s["panda4q"]["reaction_s"] for s in each if "reaction_s" in s.get("panda4q", {})]
    standing.reactions_s = [float(v) for v in reactions]
    standing.seconds = float(np.mean([seconds(run) for run in runs]))
    return standing, spread


def seconds(run: Path) -> float:
    """Return how long a run's fit of all its networks took, nan where it did not note it."""
    log = run / "log.jsonl"
    if not log.is_file():
        return float("nan")
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    known = [line["seconds"] for line in lines if "seconds" in line]
    return float(sum(known)) if known else float("nan")


def one_run(run: Path, recordings: list[Recording]) -> dict[str, Scores]:
    """Return a run's scores by dataset, with mean and deviation over its folds beside them."""
    path = run / "scores.json"
    if not path.is_file():
        raise UserError(
            f"There are no scores in {run}; run `python -m train evaluate` there first."
        )
    scores: dict[str, Scores] = json.loads(path.read_text(encoding="utf-8"))
    settings = Settings.load(run / "settings.json")
    by_fold = [load_series(run / f"estimates-{fold}.npz") for fold in range(settings.folds)]
    fold_of, _ = hold_out(recordings, settings.folds)
    for name in scores:
        members = [r for r in recordings if r.dataset == name]
        each = []
        for fold, series in enumerate(by_fold):
            foreign = name in CROSS_CORPUS
            judged = [r for r in members if foreign or fold_of[r.key] == fold]
            if series is not None and judged and all(r.key in series for r in judged):
                each.append(score(judged, series, settings.scales.get(name, 1.0)))
        if len(each) == settings.folds:
            folds = over_folds(each, None)
            means = {key: v for key, v in folds.items() if key.endswith("_mean")}
            scores[name] = scores[name] | means
    return scores
