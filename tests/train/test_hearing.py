"""What is heard is kept, belongs to its sound alone, and is what the libraries say."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import soundfile

from train import cache, opensmile, spectral
from train.datasets.base import Ratings, Recording
from train.hearing import Hearing, in_steps, prepare, resample

RATE_HZ = 16_000


@pytest.fixture
def recording(tmp_path, monkeypatch) -> Recording:
    """Two seconds of noise, with a cache of its own."""
    monkeypatch.setattr(cache, "CACHE", tmp_path / "cache")
    path = tmp_path / "noise.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(0).normal(size=2 * RATE_HZ), RATE_HZ)
    return Recording("folder", "noise", path, "g", Ratings.static(0, 0), "none")


def counting(calls: list[str], constants: tuple[int, ...] = (1,)) -> Hearing:
    """Return a hearing that notes each call."""

    def listen(recording, samples, rate_hz):
        calls.append(recording.key)
        return {"power": np.array([np.mean(samples**2)])}

    return Hearing("power", constants, listen)


def test_sound_is_heard_once(recording) -> None:
    """The second call takes the result from disk; preparing leaves nothing to do."""
    calls: list[str] = []
    hearing = counting(calls)
    prepare([hearing], [recording])
    first = hearing.steps(recording)["power"]
    np.testing.assert_array_equal(first, hearing.steps(recording)["power"])
    prepare([hearing], [recording])
    assert len(calls) == 1


def test_stale_results_are_not_read(recording) -> None:
    """Other constants, another sound and another cut each begin anew."""
    calls: list[str] = []
    counting(calls).steps(recording)
    counting(calls, (2,)).steps(recording)
    counting(calls).steps(dataclasses.replace(recording, cut_s=1.0))
    soundfile.write(recording.path, np.full(RATE_HZ, 0.5), RATE_HZ)
    counting(calls).steps(recording)
    assert len(calls) == 4


def test_frames_belong_to_the_step_they_begin_in() -> None:
    """Mean, then spread; a step without a frame repeats the one before."""
    values = np.array([[1.0], [3.0], [5.0]])
    rows = in_steps(values, np.array([0.0, 0.49, 0.5]), 3, 0.5)
    np.testing.assert_allclose(rows, [[2, 1], [5, 0], [5, 0]])


def test_resampling_keeps_a_tone() -> None:
    """A tone below both limits stays as it is, but for the ends."""
    seconds = np.arange(48_000) / 48_000
    tone = np.sin(2 * np.pi * 440.0 * seconds).astype(np.float32)
    there = resample(tone, 48_000, 22_050)
    expected = np.sin(2 * np.pi * 440.0 * np.arange(22_050) / 22_050)
    np.testing.assert_allclose(there[500:-500], expected[500:-500], atol=2e-3)
    assert resample(tone, 48_000, 48_000) is tone


def test_chroma_names_the_note() -> None:
    """A tone of 440 Hz is an A: the tenth pitch class from C."""
    seconds = np.arange(spectral.RATE_HZ) / spectral.RATE_HZ
    described = spectral.describe(np.sin(2 * np.pi * 440.0 * seconds).astype(np.float32))
    assert {name: v.shape[1] for name, v in described.items()} == spectral.COLUMNS
    assert set(described["chroma"][5:-5].argmax(1)) == {9}


def test_descriptions_do_not_know_the_level(recording) -> None:
    """Half the amplitude gives the same chroma, shape and contrast."""
    generator = np.random.default_rng(1)
    sound = (0.2 * generator.normal(size=spectral.RATE_HZ)).astype(np.float32)
    loud, quiet = spectral.describe(sound), spectral.describe(0.5 * sound)
    for name in spectral.COLUMNS:
        np.testing.assert_allclose(loud[name], quiet[name], rtol=1e-3, atol=1e-3)


def test_no_step_knows_what_comes_a_second_later(recording) -> None:
    """What is described of the first step does not depend on the sound after it."""
    generator = np.random.default_rng(2)
    sound = (0.2 * generator.normal(size=2 * spectral.RATE_HZ)).astype(np.float32)
    other = sound.copy()
    other[spectral.RATE_HZ :] = 0.0
    a, b = (spectral.listen(recording, s, spectral.RATE_HZ) for s in (sound, other))
    for name in spectral.COLUMNS:
        np.testing.assert_array_equal(a[name][0], b[name][0])
        assert a[name].shape == (4, 2 * spectral.COLUMNS[name])


@pytest.mark.e2e
def test_descriptors_are_openSMILEs_own() -> None:
    """Our configuration gives what the package's two levels give, to the last bit."""
    import opensmile as package

    seconds = np.arange(2 * RATE_HZ) / RATE_HZ
    voice = np.sign(np.sin(2 * np.pi * 150.0 * seconds)) * (1 + np.sin(7 * seconds))
    noise = np.random.default_rng(0).normal(size=len(seconds))
    sound = (0.1 * voice + 0.02 * noise).astype(np.float32)
    _, ours = opensmile.listen_frames(sound, RATE_HZ)
    assert len(opensmile.names()) == 2 * opensmile.DESCRIPTORS == ours.shape[1]
    levels = package.FeatureLevel
    for half, level in enumerate((levels.LowLevelDescriptors, levels.LowLevelDescriptors_Deltas)):
        smile = package.Smile(feature_set=package.FeatureSet.ComParE_2016, feature_level=level)
        theirs = smile.process_signal(sound, RATE_HZ).to_numpy()[: len(ours)]
        np.testing.assert_array_equal(ours[:, 65 * half : 65 * (half + 1)], theirs)


@pytest.mark.e2e
def test_full_scale_does_not_wrap_around(recording) -> None:
    """Samples beyond 16 bits are limited: their energy is that of the limit."""
    sound = np.full(RATE_HZ, 1.5, np.float32)
    heard = opensmile.listen(recording, sound, RATE_HZ)
    energy = opensmile.names().index("pcm_RMSenergy_sma")
    assert heard["steps"].shape == (2, 260)
    assert heard["song"][energy] == pytest.approx(1.0, abs=0.01)
