"""The pure core: whatever the blocks, the same estimates at the same times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny_model import write_tiny_model

from realtime_mer.frontend import log_mel, normalise_steps
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.tracker import Tracker

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model, quick enough for hundreds of runs."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


def music(seconds: float, seed: int = 0) -> np.ndarray:
    """Return noise whose colour and loudness change every quarter of a second."""
    random = np.random.default_rng(seed)
    samples = random.normal(size=round(seconds * RATE_HZ))
    for start in range(0, len(samples), RATE_HZ // 4):
        piece = samples[start : start + RATE_HZ // 4]
        if random.random() < 0.5:
            piece[:] = np.cumsum(piece) / 10.0
        piece *= random.uniform(0.02, 0.2)
    return samples.astype(np.float32)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 100),
    sizes=st.lists(st.integers(1, 10_000), min_size=1, max_size=15),
    stereo=st.booleans(),
)
def test_any_split_gives_the_same_estimates_bitwise(
    tiny: EmotionModel, seed: int, sizes: list[int], stereo: bool
) -> None:
    """Blocks of 1 to 10,000 samples give what one block of everything gives."""
    samples = music(sum(sizes) / RATE_HZ, seed)[: sum(sizes)]
    if stereo:
        samples = np.stack([samples, samples[::-1]], axis=1)
    whole = Tracker(RATE_HZ, tiny)
    expected = whole.feed(samples) + whole.flush()
    split = Tracker(RATE_HZ, tiny)
    found = []
    position = 0
    for size in sizes:
        found += split.feed(samples[position : position + size])
        position += size
    assert found + split.flush() == expected


def test_callback_and_worker_together_are_feed(tiny: EmotionModel) -> None:
    """Listening in one place and estimating in another changes nothing."""
    samples = music(6.0)
    halves = Tracker(RATE_HZ, tiny)
    found = []
    for index, start in enumerate(range(0, len(samples), 700)):
        waiting = halves.listen(samples[start : start + 700])
        assert waiting == halves.waiting_steps
        if index % 5 == 0:
            found += halves.estimates()
    assert found + halves.estimates() == Tracker(RATE_HZ, tiny).feed(samples)


@settings(deadline=None, max_examples=20)
@given(cut=st.integers(0, 4 * RATE_HZ))
def test_estimates_depend_on_no_later_sample(tiny: EmotionModel, cut: int) -> None:
    """Changing everything from a sample on changes no estimate before it."""
    samples = music(4.0)
    changed = np.concatenate([samples[:cut], music(4.0, seed=7)[cut:]])
    before, after = Tracker(RATE_HZ, tiny).feed(samples), Tracker(RATE_HZ, tiny).feed(changed)
    ended = [index for index, estimate in enumerate(before) if estimate.time_s <= cut / RATE_HZ]
    assert [before[index] for index in ended] == [after[index] for index in ended]


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 33_075, 44_100, 48_000, 96_000])
def test_times_are_exact_multiples_of_half_a_second(tiny: EmotionModel, rate_hz: int) -> None:
    """Twenty seconds give forty estimates at every rate, the last at 20.0 s."""
    samples = music(20.0 * rate_hz / RATE_HZ)
    estimates = Tracker(rate_hz, tiny).feed(samples)
    assert [estimate.time_s for estimate in estimates] == [0.5 * n for n in range(1, 41)]
    assert [estimate.sequence for estimate in estimates] == list(range(40))


@pytest.mark.parametrize(
    ("seconds", "count"), [(0.0, 0), (0.01, 1), (0.6, 1), (0.75, 2), (1.0, 2), (1.24, 2), (1.3, 3)]
)
def test_flush_rounds_to_whole_steps(tiny: EmotionModel, seconds: float, count: int) -> None:
    """A last step counts if half of it was heard, or if there is no other."""
    tracker = Tracker(RATE_HZ, tiny)
    estimates = tracker.feed(music(seconds)) + tracker.flush()
    assert len(estimates) == count
    assert tracker.flush() == []


def test_reset_begins_a_new_stream(tiny: EmotionModel) -> None:
    """After a reset the same music gives the same estimates, from sequence number 0."""
    tracker = Tracker(RATE_HZ, tiny)
    first = tracker.feed(music(3.3))
    tracker.reset()
    assert tracker.feed(music(3.3)) == first


def test_silence_glides_to_neutral_and_holds_the_state(tiny: EmotionModel) -> None:
    """Inactive within 2 s, values to 0, spread to the prior; then on from where it was."""
    tracker = Tracker(RATE_HZ, tiny)
    playing = tracker.feed(music(5.0))
    silence = tracker.feed(np.zeros(30 * RATE_HZ, np.float32))
    assert playing[-1].active
    assert [estimate.active for estimate in silence[:4]] == [True, True, True, False]
    assert not any(estimate.active for estimate in silence[3:])
    assert abs(silence[-1].arousal) < 1e-3 < abs(playing[-1].arousal)
    assert silence[-1].std == pytest.approx(tiny.metadata.prior_std, abs=1e-3)
    assert silence[-1].level_db == -120.0
    # A pause of any length leaves the model where it was.
    after_long = tracker.feed(music(0.5, seed=5))[0]
    short = Tracker(RATE_HZ, tiny)
    short.feed(np.concatenate([music(5.0), np.zeros(30 * RATE_HZ + RATE_HZ // 2, np.float32)]))
    after_longer = short.feed(music(0.5, seed=5))[0]
    assert after_long.mean == pytest.approx(after_longer.mean, abs=1e-6)
    assert after_long.active


def test_hold_keeps_the_values_in_silence(tiny: EmotionModel) -> None:
    """Where it is asked for, the last values stay as they are, to the bit."""
    tracker = Tracker(RATE_HZ, tiny, hold=True)
    tracker.feed(music(6.0))
    silent = [each for each in tracker.feed(np.zeros(20 * RATE_HZ, np.float32)) if not each.active]
    assert len(silent) > 30
    assert len({(each.mean, each.std) for each in silent}) == 1
    assert max(map(abs, silent[0].mean)) > 0.01


def test_forgetting_keeps_the_time(tiny: EmotionModel) -> None:
    """A new piece gives the values of a new stream under the numbers of the old one."""
    tracker = Tracker(RATE_HZ, tiny)
    tracker.feed(music(4.0))
    tracker.feed(np.zeros(RATE_HZ, np.float32))  # so that no window holds both pieces
    tracker.forget()
    after = tracker.feed(music(4.0, seed=1))
    fresh = Tracker(RATE_HZ, tiny)
    fresh.feed(np.zeros(RATE_HZ, np.float32))
    fresh.forget()
    expected = fresh.feed(music(4.0, seed=1))
    assert [each.sequence for each in after] == list(range(10, 18))
    assert [(each.mean, each.std) for each in after] == [(each.mean, each.std) for each in expected]


def test_gain_moves_level_and_gate_and_nothing_else(tiny: EmotionModel) -> None:
    """20 dB of gain show as 20 dB, and let through what was 20 dB too quiet to be music."""
    quiet = 2e-4 * music(6.0)
    assert not any(each.active for each in Tracker(RATE_HZ, tiny).feed(quiet))
    tracker = Tracker(RATE_HZ, tiny)
    tracker.gain_db = 40.0
    amplified = tracker.feed(quiet)
    assert all(each.active for each in amplified[1:])
    levels = [each.level_db for each in Tracker(RATE_HZ, tiny).feed(quiet)]
    assert [each.level_db for each in amplified] == pytest.approx([db + 40.0 for db in levels])
    loud = Tracker(RATE_HZ, tiny)
    loud.gain_db = 12.0
    means = [each.mean for each in loud.feed(music(6.0))]
    assert means == [each.mean for each in Tracker(RATE_HZ, tiny).feed(music(6.0))]
    tracker.feed(np.zeros(RATE_HZ, np.float32))
    assert tracker.feed(np.zeros(RATE_HZ, np.float32))[-1].level_db == -120.0


def test_raw_values_and_presence_make_the_mean(tiny: EmotionModel) -> None:
    """Whoever maps the model's own word can do so before silence pulls it to neutral."""
    samples = np.concatenate([music(4.0), np.zeros(5 * RATE_HZ, np.float32)])
    for each in Tracker(RATE_HZ, tiny).feed(samples):
        assert each.mean == tuple(each.presence * value for value in each.raw_mean)


def test_numbers_that_are_none_never_reach_the_model(tiny: EmotionModel) -> None:
    """A second of NaN and infinity leaves every value finite and in range, and is counted."""
    tracker = Tracker(RATE_HZ, tiny)
    broken = np.full(RATE_HZ, np.nan, np.float32)
    broken[::3] = np.inf
    estimates = tracker.feed(music(2.0)) + tracker.feed(broken) + tracker.feed(music(2.0))
    assert tracker.broken_samples == RATE_HZ
    for estimate in estimates:
        assert np.all(np.isfinite(estimate.mean + estimate.std))
        assert max(map(abs, estimate.mean)) <= 1.0 < 1.0 + min(estimate.std)


def test_steps_given_up_leave_a_gap_in_the_numbers(tiny: EmotionModel) -> None:
    """After a skip the times go on where the music is, not where the worker was."""
    tracker = Tracker(RATE_HZ, tiny)
    tracker.listen(music(8.0))
    assert tracker.skip_to_now(keep_steps=2) == 14
    assert [estimate.time_s for estimate in tracker.estimates()] == [7.5, 8.0]


def test_training_sees_what_live_sees(tiny: EmotionModel) -> None:
    """Stepping the model over the batch front end gives the live estimates bitwise."""
    samples = music(6.0)
    steps, heard = normalise_steps(log_mel(samples, RATE_HZ))
    assert heard.all()
    state = tiny.initial_state()
    live = Tracker(RATE_HZ, tiny).feed(samples)
    weight = 0.0
    for frames, estimate in zip(steps, live, strict=True):
        mean, _, state = tiny.step(frames[np.newaxis], state)
        weight += (1.0 - weight) * -np.expm1(-0.5 / 0.7)
        np.testing.assert_allclose(estimate.mean, weight * mean[0].astype(np.float64), rtol=1e-12)


@pytest.mark.data
@pytest.mark.parametrize(
    "recording", ["emotify/audio/rock_014.opus", "panda4q/audio/MT0012888230.opus"]
)
def test_44100_and_48000_hz_give_the_same_estimates(shared_data: Path, recording: str) -> None:
    """Both renderings of a recording differ by at most 0.01 RMS, by the model that ships."""
    samples, rate_hz = soundfile.read(shared_data / recording, dtype="float32")
    values = []
    for rate in (44_100, 48_000):
        estimates = Tracker(rate).feed(soxr.resample(samples, rate_hz, rate, quality="VHQ"))
        values.append(np.array([estimate.mean for estimate in estimates]))
    count = min(map(len, values))
    rms = np.sqrt(np.mean((values[0][:count] - values[1][:count]) ** 2, axis=0))
    print(f"{recording}: {rms}")
    assert np.all(rms <= 0.01)
