"""The model that comes with the package."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from realtime_mer.estimate import Estimate
from realtime_mer.model import load_model, shipped_model
from train.golden import RATE_HZ, SECONDS, estimates, golden_path, recording


@pytest.fixture(scope="module")
def said() -> list[Estimate]:
    """What the shipped model says about the synthetic recording."""
    return estimates(shipped_model())


def test_golden_estimates_are_reproduced(said: list[Estimate]) -> None:
    """Every number is what it was where the model was exported, to 1e-4."""
    with golden_path(shipped_model()).open(encoding="utf-8") as file:
        golden = list(csv.DictReader(file))
    assert len(golden) == len(said) == 2 * SECONDS
    for row, estimate in zip(golden, said, strict=True):
        assert float(row["time_s"]) == estimate.time_s
        for name, value in estimate.values().items():
            assert float(row[name]) == pytest.approx(value, abs=1e-4)
        assert bool(int(row["active"])) == estimate.active


def test_fast_and_loud_is_more_aroused_than_slow_and_soft(said: list[Estimate]) -> None:
    """The difference any listener hears in the synthetic recording is heard."""
    calm = np.mean([estimate.arousal for estimate in said[8:16]])
    excited = np.mean([estimate.arousal for estimate in said[-8:]])
    assert excited > calm + 0.05


def test_recording_is_sound_at_its_rate() -> None:
    """The synthetic recording is 16 s long, neither silent nor clipped."""
    samples = recording()
    assert len(samples) == SECONDS * RATE_HZ
    assert 0.05 < np.abs(samples).max() < 1.0


def test_file_says_what_it_is() -> None:
    """Name, dimensions, licence and scores stand in the file itself; it is small."""
    model = load_model()
    assert model.dimensions[:2] == ("arousal", "valence")
    assert "research" in model.metadata.licence
    assert model.metadata.training
    assert all(0.05 < std < 1.0 for std in model.metadata.prior_std)
    assert shipped_model().stat().st_size < 2_000_000
