"""Signals from which voices are built: wavetables, envelopes, noise and spectral shaping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
"""One channel of samples."""

TABLE_BITS = 15
"""A table of 2¹⁵ samples needs no interpolation: its error is below -80 dB."""

HIGHEST_PARTIAL_HZ = 16_000.0


def hertz(pitch: float) -> float:
    """Return the frequency of a MIDI note number (69 is A4, 440 Hz)."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


@lru_cache(maxsize=256)
def wavetable(amplitudes: tuple[float, ...]) -> Signal:
    """Return one period of a sum of sines, harmonic 1 first, float32 ``[2**15]``."""
    size = 1 << TABLE_BITS
    spectrum = np.zeros(size // 2 + 1, dtype=np.complex128)
    spectrum[1 : len(amplitudes) + 1] = -0.5j * size * np.array(amplitudes)
    return np.fft.irfft(spectrum, size).astype(np.float32)


def harmonics(frequency_hz: float, amplitude: Callable[[int], float]) -> tuple[float, ...]:
    """Return the amplitudes of all harmonics that stay below aliasing and hearing."""
    count = max(1, int(HIGHEST_PARTIAL_HZ / frequency_hz))
    return tuple(round(amplitude(k), 5) for k in range(1, min(count, 64) + 1))


def oscillate(
    table: Signal, frequency_hz: float | Signal, samples: int, rate_hz: int, phase: float = 0.0
) -> Signal:
    """Play a wavetable.

    The phase is an unsigned 32-bit number that wraps by itself; its upper bits are the place
    in the table.

    Args:
        table: one period, ``[2**15]``.
        frequency_hz: a number, or one a sample for vibrato and glides.
        samples: length.
        rate_hz: samples per second.
        phase: where to begin, in periods.
    """
    begin = np.uint32(int(phase % 1.0 * 2**32))
    if isinstance(frequency_hz, np.ndarray):
        steps = (frequency_hz.astype(np.float64) / rate_hz * 2**32).astype(np.uint64)
        phases = (np.cumsum(steps) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    else:
        step = np.uint32(round(frequency_hz / rate_hz * 2**32))
        phases = np.arange(samples, dtype=np.uint32) * step
    played: Signal = table[(phases + begin) >> np.uint32(32 - TABLE_BITS)]
    return played


def envelope(points: Sequence[tuple[float, float]], samples: int, rate_hz: int) -> Signal:
    """Return straight lines through points of (seconds, level)."""
    times, levels = zip(*points, strict=True)
    lines: Signal = np.interp(np.arange(samples) / rate_hz, times, levels).astype(np.float32)
    return lines


def decay(time_s: float, samples: int, rate_hz: int) -> Signal:
    """Return an exponential that falls by 60 dB within ``time_s``."""
    rate = np.float32(-np.log(1000.0) / (time_s * rate_hz))
    falling: Signal = np.exp(np.arange(samples, dtype=np.float32) * rate)
    return falling


def faded(signal: Signal, rate_hz: int, begin_s: float = 0.002, end_s: float = 0.01) -> Signal:
    """Return the signal with short ramps at both ends, so that it does not click."""
    ramp_in = min(len(signal), max(1, int(begin_s * rate_hz)))
    ramp_out = min(len(signal), max(1, int(end_s * rate_hz)))
    signal = signal.copy()
    signal[:ramp_in] *= np.linspace(0.0, 1.0, ramp_in, dtype=np.float32)
    signal[len(signal) - ramp_out :] *= np.linspace(1.0, 0.0, ramp_out, dtype=np.float32)
    return signal


def noise(samples: int, seed: int) -> Signal:
    """Return white noise of unit variance, the same for the same seed."""
    return np.random.default_rng(seed).standard_normal(samples, dtype=np.float32)


def shaped(
    signal: Signal, rate_hz: int, gain: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> Signal:
    """Return the signal with each frequency multiplied by ``gain(hertz)``, without delay."""
    size = 1 << (len(signal) + 256).bit_length()
    frequencies = np.fft.rfftfreq(size, 1.0 / rate_hz).astype(np.float64)
    spectrum = np.fft.rfft(signal, size) * gain(frequencies)
    return np.fft.irfft(spectrum, size)[: len(signal)].astype(np.float32)


def band(low_hz: float, high_hz: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return the gain of a band with slopes of 12 dB an octave on both sides."""

    def gain(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
        lower = 1.0 / (1.0 + (low_hz / np.maximum(frequencies, 1.0)) ** 2)
        upper = 1.0 / (1.0 + (frequencies / high_hz) ** 2)
        return np.asarray(lower * upper, dtype=np.float64)

    return gain
