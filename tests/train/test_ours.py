"""Our own row: from the folders of cross-validations, the mean over seeds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from realtime_mer.errors import UserError
from train import ours
from train.datasets.base import Ratings, Recording
from train.folds import hold_out
from train.predict import Series, save_series
from train.settings import Settings


def songs(count: int = 40) -> list[Recording]:
    """Return songs of as many artists, rated at random."""
    values = np.random.default_rng(0).uniform(-0.5, 0.5, (count, 2))
    return [
        Recording("emotify", str(i), None, str(i), Ratings.static(v[0], v[1]), "none")
        for i, v in enumerate(values)
    ]


def run(folder: Path, recordings: list[Recording], seed: int, noise: float) -> Path:
    """Write the folder of a run whose estimates are the ratings with noise."""
    folder.mkdir()
    Settings(seed=seed).save(folder / "settings.json")
    fold_of, _ = hold_out(recordings, 5)
    generator = np.random.default_rng(seed)
    for fold in range(5):
        members = [r for r in recordings if fold_of[r.key] == fold]
        series = {
            r.key: Series(
                np.array([60.0]),
                (r.ratings.mean + generator.normal(0, noise, (1, 2))).astype(np.float32),
                np.full((1, 2), 0.1, np.float32),
            )
            for r in members
        }
        save_series(folder / f"estimates-{fold}.npz", series)
    scores = {
        "emotify": {"arousal_r": 0.5 + 0.1 * seed, "arousal_r_sd": 0.02},
        "panda4q": {"arousal_sign": 0.9, "reaction_s": 3.0 + seed},
    }
    (folder / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    lines = [{"epoch": e + 1, "loss": 1.0, "seconds": 30.0} for e in range(4)]
    (folder / "log.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    return folder


def test_seeds_are_averaged(tmp_path) -> None:
    """Two runs give the mean of their scores, and how far they differ."""
    recordings = songs()
    runs = [run(tmp_path / str(seed), recordings, seed, 0.2) for seed in (0, 1)]
    standing, spread = ours.stand(runs, recordings)
    assert standing.seeds == 2
    assert standing.scores["emotify"]["arousal_r"] == pytest.approx(0.55)
    assert spread.scores["emotify"]["arousal_r"] == pytest.approx(0.05)
    assert standing.reactions_s == [3.0, 4.0]
    assert standing.seconds == pytest.approx(120.0)
    assert standing.across == {}


def test_folds_are_judged_from_the_estimates(tmp_path) -> None:
    """Perfect estimates have a mean over folds of 1, whatever the pooled score says."""
    recordings = songs()
    folder = run(tmp_path / "run", recordings, 0, 0.0)
    scores = ours.one_run(folder, recordings)
    assert scores["emotify"]["arousal_r_mean"] == pytest.approx(1.0, abs=1e-6)
    assert scores["emotify"]["arousal_r"] == pytest.approx(0.5)
    assert scores["emotify"]["arousal_r_sd"] == 0.02
    assert "arousal_sign_mean" not in scores["panda4q"]  # no recording of it is here


def test_the_same_seed_twice_is_no_second_seed(tmp_path) -> None:
    """Two runs of one seed, or a folder without scores, end in one sentence."""
    recordings = songs()
    runs = [run(tmp_path / name, recordings, 3, 0.1) for name in "ab"]
    with pytest.raises(UserError, match="runs of different seeds"):
        ours.stand(runs, recordings)
    (runs[0] / "scores.json").unlink()
    with pytest.raises(UserError, match="There are no scores in"):
        ours.stand(runs[:1], recordings)
