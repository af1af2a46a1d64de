"""Pooling folds: each recording by its own, and honest spreads are left as they are."""

from __future__ import annotations

import numpy as np
import pytest
from support.rated_songs import rated

from train.folds import hold_out
from train.judge import MARKS
from train.pooling import calibrated, marks_table, pool, widening
from train.predict import Series
from train.settings import Settings


def test_spread_is_widened_to_what_is_right() -> None:
    """Where predicted spreads are half of the errors', the factor is 2; right ones keep 1."""
    generator = np.random.default_rng(1)
    values = generator.uniform(-0.5, 0.5, (2_000, 2))
    songs = rated("emotify", values)
    fold_of, _ = hold_out(songs, 5)
    for std, factor in ((0.1, 2.0), (0.2, 1.0)):
        given = {
            r.key: Series(
                np.array([60.0]),
                (v + generator.normal(0.0, 0.2, 2))[None].astype(np.float32),
                np.full((1, 2), std, np.float32),
            )
            for r, v in zip(songs, values, strict=True)
        }
        found = widening(songs, fold_of, [given] * 5, Settings(), None)
        np.testing.assert_allclose(found, factor, rtol=0.1)


def test_pool_judges_each_recording_by_its_own_fold() -> None:
    """Scores come from the network that did not hear the recording, and from no other."""
    values = np.random.default_rng(0).uniform(-0.5, 0.5, (40, 2))
    songs = rated("emotify", values)
    fold_of, _ = hold_out(songs, 5)
    right = {
        r.key: Series(np.array([60.0]), v[None].astype(np.float32), np.full((1, 2), 0.1))
        for r, v in zip(songs, values, strict=True)
    }
    wrong = {key: Series(s.time_s, -s.mean, s.std) for key, s in right.items()}
    by_fold = [
        {key: (right if fold_of[key] == fold else wrong)[key] for key in right} for fold in range(5)
    ]
    scores = pool(songs, fold_of, by_fold, Settings())
    assert scores["emotify"]["arousal_r"] == pytest.approx(1.0, abs=1e-6)


def test_line_to_the_sets_scale_comes_from_other_folds() -> None:
    """Estimates that are a straight line of the ratings have no error left; noise has no gain."""
    generator = np.random.default_rng(3)
    values = generator.uniform(-0.5, 0.5, (60, 2))
    songs = rated("emotify", values)
    fold_of, _ = hold_out(songs, 5)

    def as_series(rows: np.ndarray) -> dict[str, Series]:
        return {
            r.key: Series(np.array([60.0]), v[None], np.full((1, 2), 0.1))
            for r, v in zip(songs, rows, strict=True)
        }

    line = calibrated(songs, fold_of, [as_series(0.3 * values - 0.2)] * 5, 1.0)
    assert line["arousal_calibrated_rmse"] == pytest.approx(0.0, abs=1e-6)
    assert line["valence_calibrated_r2"] == pytest.approx(1.0, abs=1e-6)
    noise = calibrated(songs, fold_of, [as_series(generator.normal(size=(60, 2)))] * 5, 1.0)
    assert noise["arousal_calibrated_r2"] < 0.1
    assert noise["arousal_constant_rmse"] == pytest.approx(values[:, 0].std(), rel=0.1)


def test_marks_stand_in_a_table() -> None:
    """Each mark whose set was judged has a line: score, spread between folds, mark."""
    marks = {key: value for name, key, value in MARKS if name == "emotify"}
    scores = {"emotify": {f"{key}{end}": 0.5 for key in marks for end in ("", "_sd")}}
    scores["emotify"] |= {"arousal_r": 0.7654, "arousal_r_sd": 0.0123}
    lines = marks_table(scores).splitlines()
    assert len(lines) == 2 + len(marks)
    assert f"| emotify | arousal_r | 0.765 | 0.012 | {marks['arousal_r']:.2f} |" in lines
