"""Many streams in one engine: each as if it had a tracker of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny_model import write_tiny_model

from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.streams import ManyTracker
from realtime_mer.tracker import Tracker

RATES_HZ = (8_000, 11_025, 16_000)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model, quick enough for hundreds of runs."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


def music(rate_hz: int, seconds: float, seed: int) -> np.ndarray:
    """Return noise with pauses, so that some steps are music and some are none."""
    random = np.random.default_rng(seed)
    samples = random.normal(0.0, 0.1, round(rate_hz * seconds)).astype(np.float32)
    for start in range(0, len(samples), rate_hz):
        if random.random() < 0.4:
            samples[start : start + rate_hz] = 0.0
    return samples


def assert_same(ours: list[Estimate], alone: list[Estimate]) -> None:
    """All that is counted is equal, all that is computed in a batch is equal to 1e-5."""
    assert [(e.sequence, e.time_s, e.active, e.level_db, e.presence) for e in ours] == [
        (e.sequence, e.time_s, e.active, e.level_db, e.presence) for e in alone
    ]
    for name in ("mean", "std", "raw_mean"):
        given, expected = ([getattr(e, name) for e in said] for said in (ours, alone))
        np.testing.assert_allclose(given, expected, rtol=0, atol=1e-5)


@settings(max_examples=25)
@given(st.data())
def test_each_stream_is_as_if_alone(tiny: EmotionModel, data: st.DataObject) -> None:
    """Whatever the rates, blocks and moments of ticks, the estimates are those of a tracker."""
    sounds = {}
    many = ManyTracker(tiny)
    for seed in range(data.draw(st.integers(1, 5))):
        rate_hz = data.draw(st.sampled_from(RATES_HZ))
        sounds[many.add(rate_hz)] = rate_hz, music(rate_hz, data.draw(st.floats(0.0, 5.0)), seed)
    said: dict[int, list[Estimate]] = {stream: [] for stream in sounds}
    left = dict.fromkeys(sounds, 0)
    while any(left[stream] < len(sound) for stream, (_, sound) in sounds.items()):
        for stream, (_, sound) in sounds.items():
            count = data.draw(st.integers(1, 40_000))
            many.listen(stream, sound[left[stream] : left[stream] + count])
            left[stream] += count
        if data.draw(st.booleans()):
            for stream, estimates in many.tick().items():
                assert estimates
                said[stream] += estimates
    for stream, (rate_hz, sound) in sounds.items():
        tracker = Tracker(rate_hz, tiny)
        assert_same(said[stream] + many.flush(stream), tracker.feed(sound) + tracker.flush())


def test_shipped_model_gives_many_what_it_gives_one() -> None:
    """Forty streams of the network that ships agree with forty trackers, to 1e-5."""
    model = load_model(provider="cpu")
    many = ManyTracker(model)
    sounds = [music(16_000, 4.0, seed) for seed in range(40)]
    for sound in sounds:
        many.listen(many.add(16_000), sound)
    for stream, estimates in many.tick().items():
        assert_same(estimates, Tracker(16_000, model).feed(sounds[stream]))


def test_channels_of_a_desk_are_streams(tiny: EmotionModel) -> None:
    """Every column of a block is a stream of its own, or several are mixed to one."""
    many = ManyTracker(tiny)
    block = np.stack([music(16_000, 3.0, seed) for seed in range(3)], axis=1)
    for channels in ([0], [1], [2], [0, 2]):
        many.listen(many.add(16_000, channels), block)
    due = many.tick()
    for stream, channels in enumerate(([0], [1], [2], [0, 2])):
        assert_same(due[stream], Tracker(16_000, tiny, channels=channels).feed(block))


def test_who_leaves_makes_room_and_disturbs_nobody(tiny: EmotionModel) -> None:
    """A number is given again to a stream that begins anew; the others go on as they were."""
    many = ManyTracker(tiny)
    sound = music(16_000, 6.0, 1)
    stays, leaves = many.add(16_000), many.add(16_000)
    for stream in (stays, leaves):
        many.listen(stream, sound[:48_000])
    said = many.tick()[stays]
    many.remove(leaves)
    assert many.add(8_000) == leaves
    assert len(many) == 2
    many.listen(stays, sound[48_000:])
    many.listen(leaves, music(8_000, 3.0, 2))
    due = many.tick()
    assert_same(said + due[stays], Tracker(16_000, tiny).feed(sound))
    assert_same(due[leaves], Tracker(8_000, tiny).feed(music(8_000, 3.0, 2)))
    with pytest.raises(KeyError):
        many.listen(7, sound)


def test_a_hundred_may_come_at_any_time(tiny: EmotionModel) -> None:
    """Streams that join while others play get the past of nobody."""
    many = ManyTracker(tiny)
    sound = music(8_000, 1.0, 3) + np.float32(0.01)
    first = {}
    for _ in range(100):
        stream = many.add(8_000)
        many.listen(stream, sound)
        first[stream] = many.tick()[stream]
    for estimates in first.values():
        assert_same(estimates, first[0])


def test_nothing_due_is_nothing_said(tiny: EmotionModel) -> None:
    """Without streams, and before half a second has been heard, a tick gives nothing."""
    many = ManyTracker(tiny)
    assert many.tick() == {}
    many.listen(many.add(16_000), music(16_000, 0.4, 0))
    assert many.tick() == {}


def test_forgetting_and_beginning_anew_are_a_trackers(tiny: EmotionModel) -> None:
    """A new piece keeps the time, a new stream begins it again."""
    for name in ("forget", "reset"):
        many, tracker = ManyTracker(tiny), Tracker(16_000, tiny)
        stream = many.add(16_000)
        for seed in (5, 6):
            sound = music(16_000, 2.0, seed)
            many.listen(stream, sound)
            assert_same(many.tick()[stream], tracker.feed(sound))
            getattr(many, name)(stream)
            getattr(tracker, name)()


def test_gain_and_steps_given_up_belong_to_a_stream(tiny: EmotionModel) -> None:
    """What is set for one stream leaves the one beside it alone."""
    many = ManyTracker(tiny)
    louder, plain = many.add(16_000), many.add(16_000)
    many.stream(louder).gain_db = 6.0
    sound = np.random.default_rng(0).normal(0.0, 0.1, 64_000).astype(np.float32)
    for stream in (louder, plain):
        many.listen(stream, sound)
    assert many.stream(louder).skip_to_now(keep_steps=2) == 6
    due = many.tick()
    assert [each.sequence for each in due[louder]] == [6, 7]
    assert [each.sequence for each in due[plain]] == list(range(8))
    levels = [each.level_db + 6.0 for each in due[plain][6:]]
    assert [each.level_db for each in due[louder]] == pytest.approx(levels)


def test_rate_that_cannot_be_used_takes_no_number(tiny: EmotionModel) -> None:
    """Whoever is refused leaves the engine as it was."""
    many = ManyTracker(tiny)
    with pytest.raises(UserError, match="sample rate"):
        many.add(1_000)
    assert len(many) == 0
    assert many.add(8_000) == 0


def test_rows_on_a_device_come_back_when_others_step() -> None:
    """Where the state stays on the device, streams may still come, rest and leave."""
    model = load_model(provider="cpu")
    away = ManyTracker(EmotionModel(model._session, model.metadata, "cpu"))
    assert away.model.provider == "cpu"
    away.model.provider = "cuda"  # so that it is left where the model runs, here the processor
    away.model.resident = model.resident  # type: ignore[method-assign]
    home = ManyTracker(model)
    for second in range(6):
        for many in (away, home):
            if second in (0, 3):
                many.add(16_000)
            for stream in range(len(many)):
                many.listen(stream, music(16_000, 1.0, 10 * second + stream))
            if second == 4:
                many.forget(0)
        ours, theirs = away.tick(), home.tick()
        for stream in theirs:
            assert_same(ours[stream], theirs[stream])
