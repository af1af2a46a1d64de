"""From a lesson to live estimates: systems of the literature in the runtime."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import soundfile
import torch

from realtime_mer.errors import UserError
from realtime_mer.frontend import log_mel
from realtime_mer.model import load_model
from realtime_mer.tracker import Tracker
from train.systems import SYSTEMS
from train.systems.base import Lesson
from train.systems.live import export_system
from train.systems.sequences import SequenceFit

RATE_HZ = 16_000
LIVE = [s for s in SYSTEMS if s.live]


def quick(system):
    """Return the system with few updates."""
    recipe = dataclasses.replace(system.fit.recipe, updates=40, batch=8, sequence=10)
    return dataclasses.replace(system, fit=SequenceFit(recipe))


def test_the_issues_systems_run_live() -> None:
    """LSTM, CNN, both DBN and the autoencoder can be exported."""
    assert {s.name.split(",")[0].split(" on ")[0] for s in LIVE} == {
        "LSTM", "CNN", "DBN", "convolutional autoencoder",
    }  # fmt: skip


def test_what_is_not_causal_is_not_exported(tmp_path) -> None:
    """A system that hears the future ends in one sentence."""
    crnn = next(s for s in SYSTEMS if s.name.startswith("CRNN,"))
    with pytest.raises(UserError, match="cannot run live"):
        export_system(crnn, Lesson([]), tmp_path / "x.onnx", (0.2, 0.2))


@pytest.mark.e2e
@pytest.mark.parametrize("system", LIVE, ids=lambda s: s.name)
def test_live_estimates_equal_those_of_training(system, recordings, make_sound, tmp_path) -> None:
    """The tracker with the exported file, fed in blocks, says what the system says of frames."""
    path = tmp_path / "system.onnx"
    lesson = Lesson(recordings, unlabelled=recordings[:3])
    model = export_system(quick(system), lesson, path, prior_std=(0.25, 0.22))
    samples = make_sound(True, 10.0, 7)
    tracker = Tracker(RATE_HZ, load_model(path, "cpu"))
    live = []
    for start in range(0, len(samples), 1_777):
        live += tracker.feed(samples[start : start + 1_777])
    series = model.follow(log_mel(samples, RATE_HZ))
    np.testing.assert_allclose([e.time_s for e in live], series.time_s)
    np.testing.assert_allclose([e.raw_mean for e in live], series.mean, atol=2e-3)
    # Many streams at once give what one gives.
    loaded = load_model(path, "cpu")
    frames = torch.randn(3, 25, 64, generator=torch.Generator().manual_seed(0)).numpy() * 10
    together, std, _ = loaded.step(frames, loaded.initial_state(3))
    assert std.shape == together.shape
    assert (std > 0).all()
    alone = [loaded.step(frames[i : i + 1], loaded.initial_state())[0][0] for i in range(3)]
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.e2e
def test_a_system_runs_in_the_program(recordings, make_sound, tmp_path) -> None:
    """`realtime-mer analyze --model lstm.onnx` writes estimates of a file, excited above calm."""
    lstm = quick(next(s for s in LIVE if s.name == "LSTM on MFCC"))
    path = tmp_path / "lstm.onnx"
    export_system(lstm, Lesson(recordings), path, prior_std=(0.25, 0.22))
    arousal = {}
    for excited in (True, False):
        sound = tmp_path / f"{excited}.wav"
        soundfile.write(sound, make_sound(excited, 12.0, 50), RATE_HZ)
        out = tmp_path / f"{excited}.csv"
        command = [sys.executable, "-m", "realtime_mer", "analyze", str(sound)]
        command += ["--model", str(path), "--out", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        lines = out.read_text(encoding="utf-8").splitlines()
        column = lines[0].split(",").index("arousal")
        arousal[excited] = float(lines[-1].split(",")[column])
    assert arousal[True] > arousal[False] + 0.1
