"""Baselines: spans are described as they should be, and no fold sees what it is judged on."""

from __future__ import annotations

import numpy as np
import pytest

from train.compare import estimate_set, results_table, wanted
from train.datasets.base import Ratings, Recording
from train.evaluate import hold_out
from train.systems import SYSTEMS
from train.systems.base import System, in_spans
from train.systems.linear import ridge


def songs(count: int) -> list[Recording]:
    """Return songs whose arousal is their number's sine."""
    return [
        Recording("emotify", str(i), None, str(i), Ratings.static(0.5 * np.sin(i), 0.0), "none")
        for i in range(count)
    ]


def test_spans_hold_mean_and_spread() -> None:
    """Each span's row is the mean, then the standard deviation, of what lies inside."""
    ratings = Ratings.dynamic(
        np.array([[0, 2], [2, 4.0], [4, 4.1]]), np.zeros((3, 2)), np.ones((3, 2))
    )
    recording = Recording("vgmidi", "x", None, "g", ratings, "none")
    values = np.arange(8, dtype=np.float32)[:, None]
    rows = in_spans(recording, values, np.arange(0.25, 4.0, 0.5))
    np.testing.assert_allclose(rows[:, 0], [1.5, 5.5, 7.0])
    np.testing.assert_allclose(rows[0, 1], np.std([0, 1, 2, 3]))


def test_constant_is_the_mean_of_the_other_folds(tmp_path) -> None:
    """The floor estimates each recording by the mean rating of the folds that lack it."""
    members = songs(30)
    fold_of, _ = hold_out(members, 5)
    series, _ = estimate_set(SYSTEMS[0], members, fold_of, members, 1.0, 5, tmp_path)
    for recording in members:
        others = [r.ratings.mean[0, 0] for r in members if fold_of[r.key] != fold_of[recording.key]]
        assert series[recording.key].mean[0, 0] == pytest.approx(np.mean(others), abs=1e-6)


def test_finished_pieces_are_not_fitted_again(tmp_path) -> None:
    """A second run takes every fold from the cache and gives the same."""
    calls = []

    def describe(recording: Recording) -> np.ndarray:
        calls.append(recording.key)
        return recording.ratings.mean

    system = System("echo", "none", describe, ridge)
    members = songs(30)
    fold_of, _ = hold_out(members, 5)
    first, _ = estimate_set(system, members, fold_of, members, 1.0, 5, tmp_path)
    described = len(calls)
    second, _ = estimate_set(system, members, fold_of, members, 1.0, 5, tmp_path)
    assert described == len(members)
    assert len(calls) == described
    for recording in members:
        np.testing.assert_array_equal(first[recording.key].mean, second[recording.key].mean)
        # What it describes is the rating itself, so linear regression finds it.
        assert first[recording.key].mean[0, 0] == pytest.approx(
            recording.ratings.mean[0, 0], abs=0.05
        )


def test_signs_are_fitted_as_moderate_numbers() -> None:
    """A quadrant is no claim of an extreme."""
    recording = Recording("panda4q", "x", None, "g", Ratings.quadrant("Q2"), "none")
    np.testing.assert_allclose(wanted(recording, 1.0), [[0.25, -0.25]])


def test_table_says_what_is_not_known() -> None:
    """A score that a system lacks is a dash, never a number."""
    table = results_table({"ours": {"emotify": {"arousal_r": 0.5, "valence_r": float("nan")}}})
    row = next(line for line in table.splitlines() if line.startswith("| ours"))
    assert row.split(" | ")[1:3] == ["0.50", "–"]
