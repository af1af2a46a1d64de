"""The third dimension: read from a table, learned where it is rated, sent live."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import soundfile

from realtime_mer.model import load_model
from realtime_mer.tracker import Tracker
from train import cache, datasets
from train.__main__ import main
from train.datasets.base import Ratings, Recording
from train.systems.base import Lesson
from train.systems.dominance import SYSTEMS
from train.systems.ears import Heard
from train.systems.live import export_system
from train.systems.lstm import Lstm
from train.systems.recipe import Recipe
from train.systems.sequences import SequenceFit, fit

RATE_HZ = 16_000
HEAD = "track,artist,valence_tags,arousal_tags,dominance_tags\n"


@pytest.fixture
def vad(tmp_path, make_sound, monkeypatch):
    """A folder of eight tracks in the layout of MuSe: loud ones are dominant and aroused."""
    monkeypatch.setattr(cache, "CACHE", tmp_path / "cache")
    (tmp_path / "vad" / "audio").mkdir(parents=True)
    rows = []
    for number in range(8):
        excited = number % 2 == 0
        name = f"track{number}"
        path = tmp_path / "vad" / "audio" / f"{name}.wav"
        soundfile.write(path, make_sound(excited, 10.0, number), RATE_HZ)
        rows.append(f"{name},artist{number},5,{8 if excited else 2},{7 if excited else 3}\n")
    (tmp_path / "vad" / "tracks.csv").write_text(HEAD + "".join(rows), encoding="utf-8")
    return tmp_path


def test_dominance_is_read(vad) -> None:
    """The table's 1 to 9 becomes -1 to 1."""
    recordings = datasets.load("vad", vad)
    given = {r.id: r.ratings.dominance for r in recordings}
    np.testing.assert_allclose(given["track0"], [0.5])
    np.testing.assert_allclose(given["track1"], [-0.5])


def test_only_rated_dominance_is_learned() -> None:
    """What is known of some recordings is learned from these; the rest does not pull to zero."""
    heard, recordings = {}, []
    for i in range(30):
        level = float(np.random.default_rng(i).uniform(-0.5, 0.5))
        known = 0.4 + 0.5 * level if i % 2 else None
        ratings = Ratings.static(level, 0.0, dominance=known)
        recordings.append(Recording("vad", str(i), None, str(i), ratings, "none"))
        values = np.full((16, 3), level, np.float32)
        heard[str(i)] = Heard(0.5 * np.arange(1, 17), values)
    recipe = Recipe(
        lambda r: heard[r.id],
        lambda n: Lstm(n, outputs=3),
        8,
        dominance=True,
        updates=80,
        batch=8,
    )
    model = fit(recipe, Lesson(recordings))
    for recording in recordings[:6]:
        wanted = 0.4 + 0.5 * recording.ratings.mean[0, 0]
        assert model.dominance(recording)[-8:].mean() == pytest.approx(wanted, abs=0.12)
    assert model.estimate(recordings[0]).mean.shape == (16, 2)


@pytest.mark.e2e
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda s: s.name)
def test_dominance_goes_live(system, vad, make_sound, tmp_path) -> None:
    """Fitted to the table, exported, and run: three dimensions, the loud sound dominant."""
    recipe = dataclasses.replace(system.fit.recipe, updates=60, batch=8, sequence=10)
    quick = dataclasses.replace(system, fit=SequenceFit(recipe))
    path = tmp_path / "dominance.onnx"
    export_system(quick, Lesson(datasets.load("vad", vad)), path, (0.25, 0.22))
    model = load_model(path, "cpu")
    assert model.dimensions == ("arousal", "valence", "dominance")
    dominance = {}
    for excited in (True, False):
        estimates = Tracker(RATE_HZ, model).feed(make_sound(excited, 10.0, 60))
        dominance[excited] = np.mean([e.raw_mean[2] for e in estimates[8:]])
    assert dominance[True] > dominance[False] + 0.1


def test_sets_without_dominance_are_named(tmp_path, monkeypatch, capsys) -> None:
    """Asking for dominance of a set that does not rate it ends in one sentence."""
    (tmp_path / "grekow" / "audio").mkdir(parents=True)
    (tmp_path / "folder").mkdir()
    soundfile.write(tmp_path / "folder" / "a.wav", np.zeros(100), RATE_HZ)
    (tmp_path / "folder" / "ratings.csv").write_text(
        "file,arousal,valence\na.wav,0,0\n", encoding="utf-8"
    )
    monkeypatch.setenv("REALTIME_MER_DATA", str(tmp_path))
    arguments = ["train", "system", SYSTEMS[0].name, "--out", "x.onnx", "--sets", "folder"]
    monkeypatch.setattr("sys.argv", arguments)
    assert main() == 2
    assert "None of folder rates dominance" in capsys.readouterr().err
