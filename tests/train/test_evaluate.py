"""Cross-validation from examples to scores, on recordings made of nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from train.crops import Example
from train.datasets.base import Ratings
from train.evaluate import WIDENING, cross_validate, reaction_times
from train.fit import fit
from train.predict import load_series
from train.settings import Settings

TINY = Settings(
    shares={"emotify": 1.0},
    folds=2,
    crop_steps=6,
    batch=4,
    batches_per_epoch=2,
    epochs=1,
    hidden=8,
    ear=(2, 3, 4, 4),
    wide=8,
    pretraining_batches=0,
)


def quiet(line: str) -> None:
    """Take a line of progress and say nothing."""


def test_a_run_leaves_its_scores_and_what_they_are_made_of(excited_and_calm, tmp_path) -> None:
    """Each fold's estimates are of its own recordings; scores, spread and pictures lie beside."""
    scores = cross_validate(excited_and_calm, TINY, tmp_path, report=quiet)
    assert json.loads((tmp_path / "scores.json").read_text(encoding="utf-8")) == scores
    assert {"arousal_r", "arousal_r_sd", "arousal_calibrated_rmse"} <= scores["emotify"].keys()
    folds = [load_series(tmp_path / f"estimates-{fold}.npz") for fold in range(2)]
    heard = [set(fold) for fold in folds if fold is not None]
    assert not heard[0] & heard[1]
    assert heard[0] | heard[1] == {e.recording.key for e in excited_and_calm}
    with np.load(tmp_path / WIDENING) as file:
        assert (file["factor"] > 0).all()
    for picture in ("loss.png", "scatter-emotify.png", "recording.png"):
        assert (tmp_path / picture).stat().st_size > 1_000


def test_a_jump_is_followed_in_some_seconds(excited_and_calm, tmp_path) -> None:
    """Calm then excited, 25 s each: every rise is timed within its clip; without pairs none is."""
    settings = replace(TINY, batches_per_epoch=30)  # until it hears a difference
    (network,) = fit(excited_and_calm, settings, tmp_path, report=quiet)
    signs = {True: Ratings.quadrant("Q1"), False: Ratings.quadrant("Q3")}
    jumpers = [
        Example(
            replace(e.recording, dataset="panda4q", ratings=signs[number % 2 == 0]),
            tuple(np.tile(frames, (3, 1)) for frames in e.frames),
        )
        for number, e in enumerate(excited_and_calm)
    ]
    times = reaction_times(network, jumpers, pairs=4)
    assert times
    assert all(0.0 <= t <= 25.0 for t in times)
    assert reaction_times(network, jumpers, pairs=4) == pytest.approx(times)
    assert reaction_times(network, jumpers[::2]) == []
