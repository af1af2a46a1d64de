"""Judging: which estimates count, and what a score is where there is little to judge."""

from __future__ import annotations

import numpy as np
import pytest
from support.rated_songs import rated, series

from train.datasets.base import Ratings, Recording
from train.judge import MARKS, judge, span_values
from train.predict import Series


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
