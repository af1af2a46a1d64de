"""realtime-mer calibrate, over files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.tiny_model import write_tiny_model

from realtime_mer.calibrations import Calibrations
from realtime_mer.cli import main

RATE_HZ = 16_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where calibrations go, with a model and music beside them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    write_tiny_model(tmp_path / "tiny.onnx")
    return tmp_path


def music(path: Path, seconds: float, seed: int = 0, silence_s: float = 0.0) -> Path:
    """Write noise that is bright for four seconds, then dark, and again."""
    random = np.random.default_rng(seed)
    samples = 0.1 * random.normal(size=round(seconds * RATE_HZ))
    for start in range(0, len(samples), 8 * RATE_HZ):
        piece = samples[start : start + 4 * RATE_HZ]
        piece[:] = np.convolve(piece, np.full(40, 1 / 8), "same")
    samples = np.concatenate([np.zeros(round(silence_s * RATE_HZ)), samples])
    soundfile.write(path, np.clip(samples, -1, 1), RATE_HZ, subtype="FLOAT")
    return path


def calibrate(folder: Path, path: Path, *arguments: str) -> int:
    """Run the command over a file as fast as it goes."""
    model = str(folder / "tiny.onnx")
    return main(
        ["calibrate", "--device", str(path), "--speed", "max", "--model", model, *arguments]
    )


def test_the_same_music_twice_gives_the_same_calibration(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two runs of the command over one file keep the same numbers, to the bit."""
    path = music(folder / "set.wav", 40.0)
    assert calibrate(folder, path, "--seconds", "30", "--name", "monday") == 0
    assert calibrate(folder, path, "--seconds", "30", "--name", "tuesday") == 0
    store = Calibrations()
    monday, tuesday = store.load("monday"), store.load("tuesday")
    assert (monday.centre, monday.spread) == (tuesday.centre, tuesday.spread)
    assert (monday.seconds, monday.model) == (30.0, "tiny")
    said = capsys.readouterr().out
    assert f"arousal  {monday.centre[0]:+.3f}  {monday.spread[0]:6.3f}" in said
    assert "realtime-mer --calibration monday uses it" in said


def test_silence_before_the_music_changes_little(folder: Path) -> None:
    """Five seconds of waiting neither count as time nor move the range."""
    assert calibrate(folder, music(folder / "a.wav", 60.0), "--name", "a", "--seconds", "50") == 0
    late = music(folder / "b.wav", 60.0, silence_s=5.0)
    assert calibrate(folder, late, "--name", "b", "--seconds", "50") == 0
    first, second = Calibrations().load("a"), Calibrations().load("b")
    assert second.seconds == 50.0
    assert second.centre == pytest.approx(first.centre, abs=0.02)
    assert second.spread == pytest.approx(first.spread, abs=0.02)


def test_a_file_that_ends_early_is_used_as_far_as_it_goes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence says how much there was; under ten seconds it is refused."""
    assert calibrate(folder, music(folder / "short.wav", 15.0)) == 0
    assert "from 15.0 s of music, where the sound ended" in capsys.readouterr().out
    assert Calibrations().load("last").seconds == 15.0
    assert calibrate(folder, music(folder / "shorter.wav", 5.0), "--name", "short") == 2
    assert "Only 5.0 s of music were heard" in capsys.readouterr().err
    assert Calibrations().names() == ["last"]


def test_calibrations_are_listed_and_forgotten(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--list shows each with its numbers, --forget deletes it, a wrong name gets the nearest."""
    assert main(["calibrate", "--list"]) == 0
    assert "no calibration yet" in capsys.readouterr().out
    assert calibrate(folder, music(folder / "set.wav", 15.0), "--name", "Tuesday") == 0
    assert main(["calibrate", "--list"]) == 0
    assert "Tuesday, made 2" in capsys.readouterr().out
    assert main(["calibrate", "--forget", "tusday"]) == 2
    assert "did you mean 'tuesday'" in capsys.readouterr().err
    assert main(["calibrate", "--forget", "tuesday"]) == 0
    assert Calibrations().names() == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seconds", "5"], "none of 10 to 3600"),
        (["--seconds", "nan"], "none of 10 to 3600"),
        (["--name", "off"], "cannot name a calibration"),
        (["--name", "a/b"], "is no name"),
        (["--device", "absent.wav"], "absent.wav"),
    ],
)
def test_wrong_wishes_get_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Exit code 2 and one line before anything is heard."""
    assert main(["calibrate", "--device", "demo", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_tracker_uses_what_was_learned(folder: Path) -> None:
    """With the calibration, what is recorded fills the scale; the raw values are the same."""
    path = music(folder / "set.wav", 60.0)
    assert calibrate(folder, path, "--name", "tuesday", "--seconds", "60") == 0
    run = ["--device", str(path), "--speed", "max", "--model", str(folder / "tiny.onnx")]
    run += ["--no-osc", "--no-web", "--quiet", "--record"]
    assert main([*run, str(folder / "plain.jsonl")]) == 0
    assert main([*run, str(folder / "tuesday.jsonl"), "--calibration", "tuesday"]) == 0
    plain, shaped = (read(folder / f"{name}.jsonl") for name in ("plain", "tuesday"))
    assert [line["raw_arousal"] for line in plain] == [line["raw_arousal"] for line in shaped]
    settled = slice(10, None)
    for dimension in ("arousal", "valence"):
        before = np.array([line[dimension] for line in plain][settled])
        after = np.array([line[dimension] for line in shaped][settled])
        assert np.ptp(after) > np.ptp(before)
        assert abs(np.median(after)) < 0.3
        assert np.quantile(after, 0.95) - np.quantile(after, 0.05) > 0.6


def read(path: Path) -> list[dict[str, float]]:
    """The estimates of a recording."""
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]
