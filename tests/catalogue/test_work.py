"""One file through the task."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.recordings import write_music
from support.tiny_model import write_tiny_model

from realtime_mer.analysis.whole_file import analyze_file
from realtime_mer.catalogue.engine import engine_name
from realtime_mer.catalogue.job import Failed, Job, Known, Track, Written
from realtime_mer.catalogue.work import analyze, tabulate
from realtime_mer.errors import UserError
from realtime_mer.model import load_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model file."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


def job_of(path: Path, model: Path) -> Job:
    """A file to analyse."""
    return Job(path.name, str(path), -1, engine_name(model), model)


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg"])
def test_the_values_are_those_of_the_tracker(tmp_path: Path, model: Path, suffix: str) -> None:
    """The same numbers as of a table of its own, in the order of the columns."""
    path = write_music(tmp_path / f"song.{suffix}", 7.0, 22_050)
    track = analyze(job_of(path, model))
    assert isinstance(track, Track)
    expected = analyze_file(path, load_model(model, "cpu")).estimates
    values = [(*each.mean, *each.std, each.level_db) for each in expected]
    assert np.array_equal(track.values, np.array(values, np.float32))
    assert track.active.tolist() == [each.active for each in expected]
    assert track.content == hashlib.sha256(path.read_bytes()).digest()[:16]
    assert (track.rate_hz, track.channels, track.size_bytes) == (22_050, 2, path.stat().st_size)
    assert track.duration_s == pytest.approx(7.0, abs=0.1)
    assert track.worked_s > 0


def test_a_known_content_is_not_analysed(tmp_path: Path, model: Path) -> None:
    """Under whatever name it comes."""
    job = job_of(write_music(tmp_path / "a.wav"), model)
    track = analyze(job)
    assert isinstance(track, Track)
    again = analyze(replace(job, name="b.wav", known=(b"x" * 16, track.content)))
    assert again == Known("b.wav", track.content, track.size_bytes)


def test_what_cannot_be_read_is_a_sentence_with_its_name(tmp_path: Path, model: Path) -> None:
    """Missing, a folder, or no music: a failure that names the file, tried once."""
    (tmp_path / "text.mp3").write_text("no music")
    (tmp_path / "empty.wav").touch()
    for name in ("text.mp3", "empty.wav", "missing.wav"):
        failed = analyze(job_of(tmp_path / name, model))
        assert isinstance(failed, Failed)
        assert Path(name).name in failed.reason
        assert failed.attempts == 1
    if hasattr(os, "mkfifo"):  # nobody would ever write into it
        os.mkfifo(tmp_path / "pipe.wav")
        pipe = analyze(job_of(tmp_path / "pipe.wav", model))
        assert isinstance(pipe, Failed)
        assert "not a regular file" in pipe.reason
    (tmp_path / "closed").mkdir()
    closed = analyze(job_of(tmp_path / "closed", model))
    assert isinstance(closed, Failed)
    assert "The folder “closed” cannot be listed" in closed.reason


def test_what_lies_elsewhere_is_named_as_it_was(model: Path) -> None:
    """Not as the copy that is read."""
    import fsspec

    fsspec.filesystem("memory").pipe("/broken/a.mp3", b"no music")
    address = "memory://broken/a.mp3"
    failed = analyze(Job(address, address, -1, engine_name(model), model))
    assert isinstance(failed, Failed)
    assert f"“{address}” is not audio" in failed.reason


def test_another_model_on_the_worker_is_refused(tmp_path: Path, model: Path) -> None:
    """Numbers of two models must not stand in one table."""
    job = replace(job_of(write_music(tmp_path / "a.wav"), model), engine="0" * 16)
    with pytest.raises(UserError, match="another model or front end"):
        analyze(job)


def test_an_engine_is_its_model_and_its_front_end(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name changes with either, and not with the place of the file."""
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(model.read_bytes())
    assert engine_name(copy) == engine_name(model)
    assert engine_name(None) != engine_name(model)
    from realtime_mer.catalogue import engine

    before = engine_name(model)
    monkeypatch.setattr(engine, "FRONT_END", replace(engine.FRONT_END, floor_db=-90.0))
    assert engine_name(model) != before
    with pytest.raises(UserError, match="check --model"):
        engine_name(tmp_path / "missing.onnx")


def test_a_table_of_its_own_comes_with_its_picture(tmp_path: Path, model: Path) -> None:
    """What the coordinating process writes is whole in what comes back."""
    path = write_music(tmp_path / "song.wav", 3.0)
    written = tabulate(replace(job_of(path, model), plot=True))
    assert isinstance(written, Written)
    assert written.table.count(b"\n") == 7
    assert written.picture is not None
    assert written.picture.startswith(b"\x89PNG")
    failed = tabulate(job_of(tmp_path / "missing.wav", model))
    assert isinstance(failed, Failed)
