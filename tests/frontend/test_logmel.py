"""Log-mel frames: streaming, causality, references, rates."""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_mer.frontend import FRONT_END, LogMel, log_mel, normalise_steps
from realtime_mer.frontend.plan import frame_end, plan_frames

RECORDINGS = (
    "emotify/audio/classical_094.opus",
    "emotify/audio/rock_014.opus",
    "grekow/audio/out_blues.00039.opus",
    "panda4q/audio/MT0012888230.opus",
)


def read(path: Path, seconds: int = 12) -> tuple[np.ndarray, int]:
    """Return the beginning of a recording as mono float32."""
    with soundfile.SoundFile(path) as file:
        samples = file.read(seconds * file.samplerate, dtype="float32", always_2d=True)
        return samples.mean(axis=1), file.samplerate


def noise(samples: int, seed: int = 0) -> np.ndarray:
    """Return quiet white noise."""
    return (0.1 * np.random.default_rng(seed).normal(size=samples)).astype(np.float32)


@settings(deadline=None, max_examples=30)
@given(
    rate_hz=st.sampled_from([11_025, 16_000, 44_100]),
    sizes=st.lists(st.integers(1, 10_000), min_size=1, max_size=12),
)
def test_any_split_gives_the_same_frames_bitwise(rate_hz: int, sizes: list[int]) -> None:
    """Frames do not depend on where the blocks end."""
    samples = noise(sum(sizes), seed=len(sizes))
    stream = LogMel(rate_hz)
    position = 0
    for size in sizes:
        stream.push(samples[position : position + size])
        position += size
    whole = log_mel(samples, rate_hz)
    assert stream.frames_waiting == len(whole)
    if len(whole):
        np.testing.assert_array_equal(stream.take(len(whole))[0], whole)


def test_single_samples_give_the_same_frames_bitwise() -> None:
    """Blocks of one sample are blocks like any other."""
    samples = noise(3_000)
    stream = LogMel(16_000)
    for sample in samples:
        stream.push(np.array([sample]))
    np.testing.assert_array_equal(stream.take(stream.frames_waiting)[0], log_mel(samples, 16_000))


@settings(deadline=None, max_examples=20)
@given(cut=st.integers(0, 32_000))
def test_frames_depend_on_no_later_sample(cut: int) -> None:
    """Changing everything from a sample on changes no frame that ended before it."""
    samples = noise(32_000)
    changed = samples.copy()
    changed[cut:] = noise(32_000 - cut, seed=9) * 5.0
    before, after = log_mel(samples, 16_000), log_mel(changed, 16_000)
    ended = sum(frame_end(index, 16_000) <= cut for index in range(len(before)))
    np.testing.assert_array_equal(before[:ended], after[:ended])


@pytest.mark.data
@pytest.mark.parametrize("recording", RECORDINGS)
def test_real_music_agrees_with_librosa(shared_data: Path, recording: str) -> None:
    """Windows from librosa's STFT and triangles integrated numerically give the same decibels."""
    samples, rate_hz = read(shared_data / recording)
    plan = plan_frames(rate_hz)
    hop = rate_hz // 50
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2 * hop) / (2 * hop))
    frames = librosa.util.frame(samples.astype(np.float64), frame_length=2 * hop, hop_length=hop)
    frames = frames - (window @ frames / window.sum())
    # Each frame on its own, so that librosa's padding and centring cannot shift it.
    spectra = np.stack(
        [
            librosa.stft(
                frame, n_fft=plan.fft_samples, hop_length=plan.fft_samples,
                window=np.pad(window, (0, plan.fft_samples - 2 * hop)), center=False,
            )[:, 0]
            for frame in np.pad(frames.T, ((0, 0), (0, plan.fft_samples - 2 * hop)))
        ]
    )  # fmt: skip
    power = 2.0 * np.abs(spectra) ** 2 / (plan.fft_samples * np.sum(window**2))

    edges = librosa.mel_to_hz(
        np.linspace(librosa.hz_to_mel(30.0), librosa.hz_to_mel(8_000.0), FRONT_END.bands + 2)
    )
    width_hz = rate_hz / plan.fft_samples
    points = (np.arange(2_000) + 0.5) / 2_000 - 0.5
    bins = np.arange(1, plan.fft_samples // 2)
    weights = np.zeros((FRONT_END.bands, plan.fft_samples // 2 + 1))
    for band in range(FRONT_END.bands):
        near = bins[(bins * width_hz > edges[band] - width_hz)]
        near = near[near * width_hz < edges[band + 2] + width_hz]
        hz = (near[:, None] + points) * width_hz
        weights[band, near] = np.interp(hz, edges[band : band + 3], [0.0, 1.0, 0.0]).mean(axis=1)
    reference = 10.0 * np.log10(np.maximum(power @ weights.T, 1e-30))

    ours = log_mel(samples, rate_hz)[1:]  # the first window begins before the recording
    count = min(len(ours), len(reference))
    both = reference[:count] > FRONT_END.floor_db + 1.0
    assert both.mean() > 0.5
    difference = np.abs(ours[:count] - reference[:count])[both]
    print(f"{recording}: largest difference {difference.max():.1e} dB")
    assert difference.max() <= 1e-3


@pytest.mark.data
@pytest.mark.parametrize("recording", RECORDINGS)
def test_44100_and_48000_hz_give_the_same_frames(shared_data: Path, recording: str) -> None:
    """Renderings of a recording at both rates differ by at most 0.2 dB RMS, normalised."""
    samples, rate_hz = read(shared_data / recording)
    steps = [
        normalise_steps(log_mel(soxr.resample(samples, rate_hz, rate, quality="VHQ"), rate))[0]
        for rate in (44_100, 48_000)
    ]
    count = min(map(len, steps))
    rms_db = float(np.sqrt(np.mean((steps[0][:count] - steps[1][:count]) ** 2)))
    print(f"{recording}: {rms_db:.3f} dB RMS")
    assert rms_db <= 0.2


def test_channels_are_mixed_or_picked() -> None:
    """By default all channels are mixed; chosen ones alone are heard."""
    left, right = noise(8_000, 1), noise(8_000, 2)
    stereo = np.stack([left, right], axis=1)
    mixed = LogMel(16_000)
    mixed.push(stereo)
    np.testing.assert_allclose(
        mixed.take(25)[0], log_mel((left + right) / 2, 16_000)[:25], atol=1e-4
    )
    picked = LogMel(16_000, channels=(1,))
    picked.push(stereo)
    np.testing.assert_array_equal(picked.take(25)[0], log_mel(right, 16_000)[:25])


def test_level_is_the_root_mean_square() -> None:
    """A sine at half of full scale has -9.03 dBFS; silence has -120."""
    time_s = np.arange(44_100) / 44_100
    stream = LogMel(44_100)
    stream.push((0.5 * np.sin(2 * np.pi * 1_000.0 * time_s)).astype(np.float32))
    assert stream.take(25)[1] == pytest.approx(-9.03, abs=0.01)
    stream.reset()
    stream.push(np.zeros(22_050, np.float32))
    assert stream.take(25)[1] == -120.0


def test_offset_of_the_converter_is_not_heard() -> None:
    """A constant added to the samples changes no frame."""
    samples = noise(22_050)
    difference = log_mel(samples + np.float32(0.25), 22_050)[2:] - log_mel(samples, 22_050)[2:]
    assert np.abs(difference).max() < 0.05


def test_broken_samples_are_silence_and_counted() -> None:
    """What is no number is heard as 0; nothing else is touched."""
    samples = noise(8_000)
    broken = samples.copy()
    broken[[5, 4_000, 7_999]] = np.nan, np.inf, -np.inf
    stream = LogMel(16_000)
    stream.push(broken)
    samples[[5, 4_000, 7_999]] = 0.0
    assert stream.broken_samples == 3
    np.testing.assert_array_equal(stream.take(25)[0], log_mel(samples, 16_000))


def test_backlog_is_skipped_in_whole_steps() -> None:
    """Frames given up are a multiple of 25, so that later steps stay where they were."""
    stream = LogMel(16_000)
    samples = noise(16_000 * 5)
    stream.push(samples)
    assert stream.skip_to_now(keep=30) == 225
    np.testing.assert_array_equal(stream.take(25)[0], log_mel(samples, 16_000)[225:250])
