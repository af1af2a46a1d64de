"""A stream that goes on: at another rate, and through the loss of its sound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly
from support.tiny_model import write_tiny_model

from realtime_mer.engine import Engine
from realtime_mer.estimate import Estimate
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.streams.channels import ChannelTracker
from realtime_mer.tracker import Tracker

Make = Callable[[int, EmotionModel], Engine]
RATES_HZ = (32_000, 48_000)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


@pytest.fixture(params=["one stream", "one for each channel"])
def make(request: pytest.FixtureRequest) -> Make:
    """What makes either kind of engine."""
    if request.param == "one stream":
        return Tracker
    return lambda rate_hz, model: ChannelTracker(rate_hz, model, [3, 4])


def music(seconds: float) -> NDArray[np.float32]:
    """Return stereo noise at the lower rate, which grows brighter."""
    count = round(seconds * RATES_HZ[0])
    noise = np.random.default_rng(0).normal(0.0, 0.1, (count, 2))
    blurred = (noise + np.roll(noise, 1, axis=0)) / 2
    share = np.linspace(0.0, 1.0, count)[:, np.newaxis]
    return (share * noise + (1 - share) * blurred).astype(np.float32)


def hear(engine: Engine, sound: NDArray[np.float32]) -> list[Estimate]:
    """Let an engine hear a sound, a second at a time."""
    made: list[Estimate] = []
    for start in range(0, len(sound), engine.rate_hz):
        engine.listen(sound[start : start + engine.rate_hz])
        made += engine.estimates()
    return made


def test_another_rate_keeps_the_memory(make: Make, tiny: EmotionModel) -> None:
    """The same music, the second half of it at another rate, feels nearly as it did at one."""
    sound = music(20.0)
    half = len(sound) // 2
    later = resample_poly(sound[half:], 3, 2, axis=0).astype(np.float32)
    steady = make(RATES_HZ[0], tiny)
    steady.gain_db = 4.0
    expected = hear(steady, sound)
    first = make(RATES_HZ[0], tiny)
    first.gain_db = 4.0
    made = hear(first, sound[:half])
    second = first.at_rate(RATES_HZ[1])
    assert second.next_sequence == 0
    second.begin_at(first.next_sequence)
    made += hear(second, later)
    assert second.gain_db == 4.0
    assert [(e.sequence, e.stream) for e in made] == [(e.sequence, e.stream) for e in expected]
    for one, other in zip(made, expected, strict=True):
        np.testing.assert_allclose(one.mean, other.mean, atol=0.02)
        assert one.level_db == pytest.approx(other.level_db, abs=0.5)
        assert one.active
    # A stream that remembers nothing is elsewhere: silence is not far behind it.
    fresh = make(RATES_HZ[1], tiny)
    forgotten = hear(fresh, later)[0]
    kept = next(e for e in made if (e.sequence, e.stream) == (20, forgotten.stream))
    assert kept.presence > forgotten.presence + 0.3


def test_lost_sound_is_silence_at_once(make: Make, tiny: EmotionModel) -> None:
    """The next estimate is not active, whatever is heard in it, until the sound is back."""
    engine = make(RATES_HZ[0], tiny)
    engine.listen(music(2.0))
    before = engine.estimates()
    assert all(estimate.active for estimate in before)
    engine.lose()
    engine.listen(music(2.0))
    lost = engine.estimates()
    assert not any(estimate.active for estimate in lost)
    assert lost[-1].raw_mean == before[-1].raw_mean
    assert np.abs(lost[-1].mean).max() < np.abs(before[-1].mean).max()
    engine.recover()
    engine.listen(music(1.0))
    assert all(estimate.active for estimate in engine.estimates())
