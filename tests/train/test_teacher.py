"""Probes teach what they know, and nothing that is held out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from train import teacher, yamnet
from train.datasets.base import Ratings, Recording
from train.teacher import compress, fit_probe, teach

FOLDS = 3


@pytest.fixture
def recordings(monkeypatch) -> list[Recording]:
    """Recordings of two sets with invented embeddings, of which only some are rated."""
    generator = np.random.default_rng(0)
    made, sound = [], {}
    for number in range(18):
        name = "emotify" if number < 12 else "unlabelled"
        ratings = Ratings.static(*generator.uniform(-1, 1, 2)) if number < 12 else Ratings.none()
        made.append(Recording(name, str(number), Path(f"{number}.wav"), str(number), ratings, ""))
        sound[made[-1].key] = generator.gamma(1.0, 0.1, (6, 40)).astype(np.float16)
    monkeypatch.setattr(yamnet, "steps", lambda recording: {"embedding": sound[recording.key]})
    return made


def _folds(recordings: list[Recording]) -> tuple[list[set[str]], dict[str, int]]:
    fold_of = {r.key: n % FOLDS for n, r in enumerate(recordings) if r.dataset == "emotify"}
    held = [{key for key, fold in fold_of.items() if fold == n} for n in range(FOLDS)]
    return [*held, set()], fold_of


def _falsify(recordings: list[Recording], keys: set[str]) -> list[Recording]:
    return [
        replace(r, ratings=Ratings.static(-1.0, 1.0)) if r.key in keys else r for r in recordings
    ]


def test_probe_finds_a_straight_line() -> None:
    """A probe with a small penalty reproduces ratings that are linear in the embedding."""
    generator = np.random.default_rng(1)
    embeddings = generator.normal(size=(200, 10)).astype(np.float32)
    wanted = embeddings @ generator.normal(size=(10, 2)) + 0.3
    probe = fit_probe(embeddings, wanted, penalty=1e-6)
    np.testing.assert_allclose(probe(embeddings), wanted, atol=1e-3)


def test_held_out_ratings_reach_no_answer(recordings) -> None:
    """A network's answers stay the same whatever the recordings held out from it were rated."""
    held_out, fold_of = _folds(recordings)
    before = teach(recordings, held_out, fold_of)
    after = teach(_falsify(recordings, held_out[1]), held_out, fold_of)
    for key in before:
        np.testing.assert_array_equal(before[key][:, 1], after[key][:, 1])
    assert any((before[key][:, 3] != after[key][:, 3]).any() for key in before)


def test_own_rating_does_not_reach_an_answer(recordings) -> None:
    """What a recording's fold was rated moves no answer on that fold's recordings.

    Answers are standardised over all recordings, so they are compared up to a straight line.
    """
    held_out, fold_of = _folds(recordings)
    before = teach(recordings, held_out, fold_of)
    after = teach(_falsify(recordings, held_out[2]), held_out, fold_of)
    for key in held_out[2]:
        old, new = (a[key][:, 3, 0].astype(float) for a in (before, after))
        assert np.corrcoef(old, new)[0, 1] == pytest.approx(1.0, abs=1e-3)
    moved = [k for k in before if k.startswith("unlabelled")]
    lines = [np.corrcoef(before[k][:, 3, 0], after[k][:, 3, 0])[0, 1] for k in moved]
    assert min(lines) < 0.99


def test_answers_have_spread_one(recordings) -> None:
    """Over recordings each answer has mean 0 and spread 1; of sets that are not there it is 0."""
    held_out, fold_of = _folds(recordings)
    answers = teach(recordings, held_out, fold_of)
    means = np.array([a.astype(float).mean(0) for a in answers.values()])
    assert means.shape == (len(recordings), len(held_out), teacher.ANSWERS)
    np.testing.assert_allclose(means[:, :, :2].mean(0), 0.0, atol=1e-2)
    np.testing.assert_allclose(means[:, :, :2].std(0), 1.0, atol=1e-2)
    assert (means[:, :, 2:] == 0.0).all()


def test_compression_keeps_silence() -> None:
    """A unit that says nothing says nothing when compressed."""
    assert (compress(np.zeros((2, 3), np.float16)) == 0.0).all()
