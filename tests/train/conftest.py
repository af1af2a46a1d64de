"""Recordings made of nothing, for tests of training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime_mer.frontend import log_mel
from train import cache
from train.crops import Example
from train.datasets.base import Ratings, Recording
from train.features import frames_folder

RATE_HZ = 16_000


def sound(excited: bool, seconds: float, seed: int) -> np.ndarray:
    """Fast, bright strokes where excited, a slow dark tone where not."""
    generator = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    if excited:
        stroke = np.exp(-(time_s % 0.2) / 0.04)
        return (0.3 * stroke * generator.normal(0.0, 1.0, len(time_s))).astype(np.float32)
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.2 * time_s)
    tone = np.sin(2 * np.pi * generator.uniform(150.0, 250.0) * time_s)
    return (0.3 * swell * tone + generator.normal(0.0, 1e-3, len(time_s))).astype(np.float32)


@pytest.fixture(scope="session")
def excited_and_calm(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    """Twelve recordings of 12 s: half excited and pleasant, half calm and unpleasant."""
    folder = tmp_path_factory.mktemp("recordings")
    examples = []
    for number in range(12):
        excited = number % 2 == 0
        samples = sound(excited, 12.0, number)
        path = folder / f"{number}.wav"
        soundfile.write(path, samples, RATE_HZ)
        value = 0.5 if excited else -0.5
        ratings = Ratings.static(value, value, (0.1, 0.1), 20)
        recording = Recording("emotify", str(number), path, f"artist {number}", ratings, "none")
        frames = log_mel(samples, RATE_HZ).astype(np.float16)
        examples.append(Example(recording, (frames,)))
    return examples


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder in place of the cache that all runs share."""
    monkeypatch.setattr(cache, "CACHE", tmp_path / "cache")
    frames_folder.cache_clear()
    yield tmp_path / "cache"
    frames_folder.cache_clear()


@pytest.fixture(scope="session")
def make_sound():
    """Return the function that makes excited or calm sound."""
    return sound
