"""The instruments: in tune, clean, and made of nothing but arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_mer.sources.demo.oscillators import hertz, oscillate, shaped, wavetable
from realtime_mer.sources.demo.voices import VOICES

RATE_HZ = 44_100
DRUMS = {"kick", "snare", "clap", "shaker", "crash", "hat", "tom"}
TUNED = sorted(set(VOICES) - DRUMS)


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000])
def test_note_is_clean(voice: str, rate_hz: int) -> None:
    """A note is finite, not silent, not overdriven, without an offset, and ends at rest."""
    note = VOICES[voice](57, 0.8, rate_hz)
    assert note.dtype == np.float32
    assert np.isfinite(note).all()
    assert 0.05 < np.abs(note).max() < 2.5
    assert abs(note.mean()) < 0.02
    assert abs(note[-1]) < 0.01
    assert abs(note[0]) < 0.05


@pytest.mark.parametrize("voice", VOICES)
def test_same_note_twice_is_the_same(voice: str) -> None:
    """No voice rolls dice of its own."""
    first = VOICES[voice](60, 0.5, RATE_HZ)
    np.testing.assert_array_equal(first, VOICES[voice](60, 0.5, RATE_HZ))


@pytest.mark.parametrize("voice", TUNED)
@pytest.mark.parametrize("pitch", [45, 57, 69])
def test_note_is_in_tune(voice: str, pitch: float) -> None:
    """The strongest partial near the note lies within 15 cents of it."""
    note = VOICES[voice](pitch, 1.5, RATE_HZ)[: int(1.5 * RATE_HZ)]
    size = 1 << 19
    spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note)), size))
    frequencies = np.fft.rfftfreq(size, 1 / RATE_HZ)
    near = np.abs(np.log2(np.maximum(frequencies, 1) / hertz(pitch))) < 1 / 12
    found = frequencies[near][np.argmax(spectrum[near])]
    assert abs(1200 * np.log2(found / hertz(pitch))) < 15


@pytest.mark.parametrize("frequency_hz", [27.5, 440.0, 3951.07])
def test_wavetable_is_a_sine(frequency_hz: float) -> None:
    """A table of one harmonic, played at any frequency, is that sine within -75 dB."""
    samples = RATE_HZ
    tone = oscillate(wavetable((1.0,)), frequency_hz, samples, RATE_HZ)
    sine = np.sin(2 * np.pi * frequency_hz * np.arange(samples) / RATE_HZ)
    assert np.abs(tone - sine).max() < 10 ** (-70 / 20)


def test_vibrato_at_rest_is_the_plain_tone() -> None:
    """A frequency for each sample that never changes is the fixed frequency, one step on."""
    table = wavetable((1.0, 0.5))
    fixed = oscillate(table, 440.0, 1000, RATE_HZ)
    moving = oscillate(table, np.full(1000, 440.0, dtype=np.float32), 1000, RATE_HZ)
    np.testing.assert_allclose(moving[:-1], fixed[1:], atol=1e-3)


def test_shaping_with_unity_changes_nothing() -> None:
    """A gain of one at all frequencies gives the signal back."""
    signal = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    np.testing.assert_allclose(shaped(signal, RATE_HZ, np.ones_like), signal, atol=1e-5)
