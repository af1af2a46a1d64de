"""Every channel of a desk as a stream: the numbers of a tracker that hears it alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny_model import write_tiny_model

from realtime_mer.estimate import Estimate
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.streams.channels import ChannelTracker
from realtime_mer.tracker import Tracker

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model, quick enough for hundreds of runs."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


def desk(seconds: float, channels: int) -> np.ndarray:
    """Different noise in each channel, each with its own rests, ``[samples, channels]``."""
    random = np.random.default_rng(channels)
    samples = random.normal(0.0, 0.1, (round(RATE_HZ * seconds), channels)).astype(np.float32)
    for start in range(0, len(samples), RATE_HZ):
        samples[start : start + RATE_HZ, random.random(channels) < 0.3] = 0.0
    return samples


def of(stream: int, estimates: list[Estimate]) -> list[Estimate]:
    """The estimates of one stream."""
    return [estimate for estimate in estimates if estimate.stream == stream]


@settings(max_examples=20)
@given(
    st.integers(1, 9),
    st.floats(0.1, 4.0),
    st.lists(st.integers(1, 20_000), min_size=1, max_size=5),
)
def test_each_channel_is_as_if_alone(
    tiny: EmotionModel, channels: int, seconds: float, blocks: list[int]
) -> None:
    """Whatever the blocks, channel k gives what a tracker of channel k gives."""
    samples = desk(seconds, channels)
    tracker = ChannelTracker(RATE_HZ, tiny, range(1, channels + 1))
    said: list[Estimate] = []
    start = turn = 0
    while start < len(samples):
        count = blocks[turn % len(blocks)]
        tracker.listen(samples[start : start + count])
        said += tracker.estimates()
        start, turn = start + count, turn + 1
    said += tracker.flush()
    for column in range(channels):
        alone = Tracker(RATE_HZ, tiny, channels=[column])
        expected = [*alone.feed(samples), *alone.flush()]
        ours = of(column + 1, said)
        assert [(e.sequence, e.time_s, e.active, e.level_db) for e in ours] == [
            (e.sequence, e.time_s, e.active, e.level_db) for e in expected
        ]
        np.testing.assert_allclose(
            [e.mean for e in ours], [e.mean for e in expected], rtol=0, atol=1e-5
        )


def test_a_step_is_one_call_of_the_model(
    tiny: EmotionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen channels cost two calls a second, each with sixteen rows."""
    calls: list[int] = []
    step = EmotionModel.step

    def counted(self: EmotionModel, frames: np.ndarray, state: np.ndarray) -> object:
        calls.append(len(frames))
        return step(self, frames, state)

    monkeypatch.setattr(EmotionModel, "step", counted)
    tracker = ChannelTracker(RATE_HZ, tiny, range(1, 17))
    noise = np.random.default_rng(0).normal(0, 0.1, (RATE_HZ, 16)).astype(np.float32)
    for half in (noise[: RATE_HZ // 2], noise[RATE_HZ // 2 :]):
        assert tracker.listen(half) == 1
        assert [estimate.stream for estimate in tracker.estimates()] == list(range(1, 17))
    assert calls == [16, 16]


def test_what_is_set_counts_for_every_channel(tiny: EmotionModel) -> None:
    """Gain, numbering, skipping and forgetting reach all of them."""
    tracker = ChannelTracker(RATE_HZ, tiny, [3, 8])
    tracker.begin_at(10)
    tracker.gain_db = 6.0
    noise = np.random.default_rng(0).normal(0, 0.1, (RATE_HZ, 2)).astype(np.float32)
    tracker.listen(noise)
    first = tracker.estimates()
    assert [(e.sequence, e.stream) for e in first] == [(10, 3), (10, 8), (11, 3), (11, 8)]
    assert {round(e.level_db) for e in first} == {-14}
    tracker.listen(np.concatenate([noise] * 3))
    assert tracker.skip_to_now() == 5
    tracker.forget()
    again = tracker.estimates()
    assert [(e.sequence, e.stream) for e in again] == [(17, 3), (17, 8)]
    assert again[0].presence == first[0].presence
    tracker.reset()
    assert tracker.next_sequence == 0
