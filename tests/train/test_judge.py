"""Judging: which estimates count, and that honest spreads are left as they are."""

from __future__ import annotations

import numpy as np
import pytest

from train.datasets.base import Ratings, Recording
from train.evaluate import calibrated, hold_out, load_series, pool, save_series, widening
from train.judge import MARKS, judge, span_values
from train.predict import Series
from train.settings import Settings


def series(values: list[float], std: float = 0.2) -> Series:
    """Return estimates at 0.5, 1.0, ... s, the same in both dimensions."""
    mean = np.repeat(np.float32(values)[:, None], 2, axis=1)
    return Series(0.5 * np.arange(1, len(values) + 1), mean, np.full_like(mean, std))


def test_first_seconds_do_not_count() -> None:
    """A song's value is the mean of what is said after the first 5 s."""
    value = series([9.0] * 10 + [0.2, 0.4]).song()
    np.testing.assert_allclose(value, 0.3, rtol=1e-6)


def test_short_recording_is_judged_by_its_last_half() -> None:
    """Of 4 s the last two count."""
    np.testing.assert_allclose(series([1.0] * 4 + [0.5] * 4).song(), 0.5)


def test_measures_take_the_estimates_inside() -> None:
    """A step belongs to the measure its middle is in; a measure without one takes the nearest."""
    ratings = Ratings.dynamic(
        np.array([[0.0, 1.0], [1.0, 1.1], [1.1, 2.0], [9.0, 9.5]]),
        np.zeros((4, 2)),
        np.full((4, 2), 0.1),
    )
    recording = Recording("vgmidi", "x", None, "g", ratings, "none")
    index, mean, _ = span_values(recording, series([0.1, 0.2, 0.3, 0.4]))
    np.testing.assert_array_equal(index, [0, 1, 2])  # the last is too far from any
    np.testing.assert_allclose(mean[:, 0], [0.15, 0.3, 0.35], atol=1e-6)


def rated(dataset: str, values: np.ndarray) -> list[Recording]:
    """Return songs rated with the given values, each by an artist of its own."""
    return [
        Recording(dataset, str(i), None, str(i), Ratings.static(v[0], v[1]), "none")
        for i, v in enumerate(values)
    ]


def test_perfect_estimates_score_one() -> None:
    """Estimates equal to the ratings have r, R² and CCC of 1."""
    values = np.random.default_rng(0).uniform(-0.5, 0.5, (30, 2))
    songs = rated("emotify", values)
    given = {
        r.key: Series(np.array([60.0]), v[None].astype(np.float32), np.full((1, 2), 0.1))
        for r, v in zip(songs, values, strict=True)
    }
    scores = judge(songs, given)
    for name in ("arousal_r", "valence_r", "arousal_r2", "valence_ccc"):
        assert scores[name] == pytest.approx(1.0, abs=1e-6)


def test_spread_is_widened_to_what_is_right() -> None:
    """Where predicted spreads are half of the errors', the factor is 2; right ones keep 1."""
    generator = np.random.default_rng(1)
    values = generator.uniform(-0.5, 0.5, (2_000, 2))
    songs = rated("emotify", values)
    fold_of, held_out = hold_out(songs, 5)
    assert len(held_out) == 6
    assert held_out[-1] == set()
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


def test_series_come_back_from_disk(tmp_path) -> None:
    """Estimates written to a file are read as they were."""
    given = {"a/b": series([0.1, 0.2]), "a/c": series([0.3])}
    save_series(tmp_path / "x.npz", given)
    loaded = load_series(tmp_path / "x.npz")
    assert loaded is not None
    assert loaded.keys() == given.keys()
    for key, one in given.items():
        np.testing.assert_array_equal(loaded[key].mean, one.mean)
    assert load_series(tmp_path / "none.npz") is None


def test_marks_name_scores_that_exist() -> None:
    """Every mark is of a score that judging gives."""
    ratings = Ratings.dynamic(np.array([[0, 1], [1, 2.0]]), np.eye(2) / 2, np.ones((2, 2)))
    values = np.random.default_rng(0).uniform(-0.5, 0.5, (12, 2))
    kinds = {
        "static": rated("emotify", values),
        "dynamic": [Recording("vgmidi", "0", None, "0", ratings, "none")],
        "quadrant": [
            Recording("panda4q", str(i), None, str(i), Ratings.quadrant(f"Q{i % 4 + 1}"), "none")
            for i in range(12)
        ],
    }
    kind_of = {
        "emotify": "static", "grekow": "static", "vgmidi": "dynamic",
        "panda4q": "quadrant", "emopia": "quadrant",
    }  # fmt: skip
    generator = np.random.default_rng(0)
    for name, key, _ in MARKS:
        members = kinds[kind_of[name]]
        given = {r.key: series(list(generator.uniform(-0.5, 0.5, 14))) for r in members}
        assert key in judge(members, given)


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


def test_divergence_needs_the_raters_spread() -> None:
    """KL is 0 for estimates with the raters' own mean and spread, and absent where unknown."""
    known = [
        Recording("emotify", str(i), None, str(i), Ratings.static(0.1 * i, 0.0, (0.2, 0.3)), "none")
        for i in range(3)
    ]
    given = {
        r.key: Series(np.array([60.0]), r.ratings.mean, np.array([[0.2, 0.3]], np.float32))
        for r in known
    }
    assert judge(known, given)["kl"] == pytest.approx(0.0, abs=1e-6)
    unknown = rated("emotify", np.zeros((3, 2)))
    with pytest.warns(UserWarning, match="constant"):
        assert "kl" not in judge(unknown, given)
