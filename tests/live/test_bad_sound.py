"""Sound that is none: no wrong number leaves, and none enters what the model remembers."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from support.sinks import Memory
from support.tiny_model import write_tiny_model

from realtime_mer.estimate import SILENT_LEVEL_DB, Estimate
from realtime_mer.live import LiveRun
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.sources.base import Deliver, Ended
from realtime_mer.tracker import Tracker

RATE_HZ = 16_000
Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


def music(seconds: float, channels: int = 2, seed: int = 0) -> Samples:
    """Return noise with a melody of loudness."""
    generator = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    loudness = 0.05 + 0.1 * (np.arange(count) // (RATE_HZ // 4) % 3)
    return (loudness[:, None] * generator.normal(size=(count, channels))).astype(np.float32)


def check(tracker: Tracker, estimates: list[Estimate]) -> None:
    """Every number is one, and in its range; so is what the model remembers."""
    assert estimates
    for estimate in estimates:
        assert all(-1.0 <= value <= 1.0 for value in (*estimate.mean, *estimate.raw_mean))
        assert all(0.0 < value < 10.0 for value in estimate.std)
        assert SILENT_LEVEL_DB <= estimate.level_db < 30.0
        assert 0.0 <= estimate.presence <= 1.0
    assert np.isfinite(tracker._state).all()


BAD = {
    "NaN": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "the largest number": float(np.finfo(np.float32).max),
    "the smallest number": float(np.finfo(np.float32).smallest_subnormal),
}


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
@pytest.mark.parametrize("channels", [[0], [0, 1]], ids=["one channel", "both"])
def test_bad_numbers_in_music(tiny: EmotionModel, value: float, channels: list[int]) -> None:
    """A second of them in the middle of the music, a few here and there, and music after."""
    sound = music(8.0)
    sound[3 * RATE_HZ : 4 * RATE_HZ, channels] = value
    sound[5 * RATE_HZ :: 997, channels] = value
    tracker = Tracker(RATE_HZ, tiny)
    estimates = tracker.feed(sound)
    check(tracker, estimates)
    if not math.isfinite(value):
        assert tracker.broken_samples >= RATE_HZ
        assert estimates[-1].active


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_nothing_but_bad_numbers_is_silence(tiny: EmotionModel, value: float) -> None:
    """They are heard as silence, and the model remembers what it did before."""
    tracker = Tracker(RATE_HZ, tiny)
    tracker.feed(music(4.0))
    before = tracker._state.copy()
    estimates = tracker.feed(np.full((4 * RATE_HZ, 2), value, np.float32))
    check(tracker, estimates)
    assert [estimate.active for estimate in estimates[-4:]] == [False] * 4
    assert {estimate.level_db for estimate in estimates[-4:]} == {SILENT_LEVEL_DB}
    np.testing.assert_array_equal(tracker._state, before)


@settings(max_examples=40)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 300), st.integers(1, 3)),
        elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
    )
)
def test_any_samples_at_all(tiny: EmotionModel, block: Samples) -> None:
    """Whatever 32 bits may mean, over and over for two seconds."""
    tracker = Tracker(RATE_HZ, tiny, gate_db=-120.0)
    check(tracker, tracker.feed(np.tile(block, (2 * RATE_HZ // len(block) + 1, 1))))


@pytest.mark.parametrize("offset", [-1.0, 0.1, 0.9, 16.0])
def test_a_constant_voltage_is_not_music(tiny: EmotionModel, offset: float) -> None:
    """A card with a constant in its samples hears nothing, however large it is."""
    tracker = Tracker(RATE_HZ, tiny)
    estimates = tracker.feed(np.full((4 * RATE_HZ, 2), offset, np.float32))
    check(tracker, estimates)
    assert not any(estimate.active for estimate in estimates)


def test_a_constant_voltage_under_music_changes_little(tiny: EmotionModel) -> None:
    """The lowest bands hear it, the values hardly."""
    plain = Tracker(RATE_HZ, tiny).feed(music(6.0))
    shifted = Tracker(RATE_HZ, tiny).feed(music(6.0) + np.float32(0.05))
    assert all(estimate.active for estimate in shifted)
    for one, other in zip(plain, shifted, strict=True):
        np.testing.assert_allclose(one.mean, other.mean, atol=0.1)


def test_clipped_music_is_music(tiny: EmotionModel) -> None:
    """Overdriven by 40 dB, every sample at full scale: loud, in range, active."""
    tracker = Tracker(RATE_HZ, tiny)
    estimates = tracker.feed(np.clip(music(4.0) * 100.0, -1.0, 1.0))
    check(tracker, estimates)
    assert all(estimate.active for estimate in estimates)
    assert estimates[-1].level_db == pytest.approx(-1.0, abs=2.5)


def test_digital_silence_leaves_the_model_alone(tiny: EmotionModel) -> None:
    """A minute of zeros: neutral, at -120 dBFS, and the state is as it was."""
    tracker = Tracker(RATE_HZ, tiny)
    tracker.feed(music(3.0))
    before = tracker._state.copy()
    estimates = tracker.feed(np.zeros((60 * RATE_HZ, 2), np.float32))
    check(tracker, estimates)
    assert estimates[-1].level_db == SILENT_LEVEL_DB
    assert estimates[-1].mean == pytest.approx((0.0, 0.0), abs=1e-6)
    np.testing.assert_array_equal(tracker._state, before)


class Player:
    """A live source that delivers blocks of one size, as fast as they are taken."""

    name = "player"
    live = True
    rate_hz = RATE_HZ
    channels = 2

    def __init__(self, sound: Samples, block: int) -> None:
        self._sound, self._block = sound, block

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Deliver all, then end."""

        def play() -> None:
            for start in range(0, len(self._sound), self._block):
                deliver(self._sound[start : start + self._block])
            ended(None)

        threading.Thread(target=play, daemon=True).start()

    def drops(self) -> int:
        """None."""
        return 0

    def close(self) -> None:
        """Nothing is open."""


def test_blocks_of_one_sample(tiny: EmotionModel) -> None:
    """A run that is given them one by one says what it says of the whole."""
    sink, sound = Memory(), music(2.0)
    run = LiveRun(Player(sound, 1), Tracker(RATE_HZ, tiny), [sink])
    run.start()
    assert run.finished.wait(30.0)
    run.close()
    assert sink.estimates == Tracker(RATE_HZ, tiny).feed(sound)


def test_blocks_of_ten_seconds(tiny: EmotionModel) -> None:
    """More at once than may wait: what is old is given up and counted, what leaves is right."""
    sink, sound = Memory(), music(60.0)
    run = LiveRun(Player(sound, 10 * RATE_HZ), Tracker(RATE_HZ, tiny), [sink])
    run.start()
    assert run.finished.wait(30.0)
    run.close()
    numbers = [estimate.sequence for estimate in sink.estimates]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 119
    status = sink.statuses[-1]
    assert status.skipped_s == 0.5 * (120 - len(numbers))
    assert status.drops == 120 - len(numbers)
    assert all(math.isfinite(value) for each in sink.estimates for value in each.mean)


def test_bad_numbers_through_a_run(tiny: EmotionModel, tmp_path: Path) -> None:
    """What reaches the sinks is finite, however the card misbehaves."""
    sink, sound = Memory(), music(6.0)
    sound[2 * RATE_HZ : 3 * RATE_HZ] = math.nan
    sound[4 * RATE_HZ : 5 * RATE_HZ, 0] = math.inf
    run = LiveRun(Player(sound, 512), Tracker(RATE_HZ, tiny), [sink])
    run.start()
    assert run.finished.wait(30.0)
    run.close()
    for estimate in sink.estimates:
        assert all(math.isfinite(value) for value in (*estimate.mean, *estimate.std))
        assert math.isfinite(estimate.level_db)
