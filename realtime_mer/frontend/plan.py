"""Everything about a sample rate that is computed once: window, FFT tables, filters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from realtime_mer.errors import UserError
from realtime_mer.frontend.mel import mel_weights
from realtime_mer.frontend.spec import FRONT_END, MAX_RATE_HZ, MIN_RATE_HZ, FrontEndSpec
from realtime_mer.frontend.types import Float32, Int64

WEIGHT_LANES = 16
"""Weights of a band are taken so many at a time."""


@dataclass(frozen=True, slots=True)
class FramePlan:
    """Tables for one sample rate.

    Attributes:
        rate_hz: samples per second.
        window: periodic Hann window, ``[window_samples]``, scaled so that the bins of
            one frame add up to the mean square of its samples (Parseval).
        fft_samples: length of the FFT, the power of two from twice the window up. A
            frame's power spectrum changes as fast as 1 / (2 window) in frequency; with
            fewer bins than that, narrow bands would depend on where the bins lie, and
            44.1 and 48 kHz differed by 0.13 dB, not 0.016.
        turn: real and imaginary part of ``exp(-2πik / fft_samples)``, ``[2, bins]``.
        stages: the same for each pass of the FFT, see :func:`stage_twiddles`.
        first_bin: per band, the first bin with weight, ``[bands]``.
        bin_count: per band, the number of bins from there on, ``[bands]``; a multiple of 16,
            so that they are summed up in whole vectors: the last ones may have no weight.
        weights: the weights of all bands one after the other.
        bins: number of bins that are to be there, from 0 Hz on.
    """

    rate_hz: int
    window: Float32
    fft_samples: int
    turn: Float32
    stages: Float32
    first_bin: Int64
    bin_count: Int64
    weights: Float32
    bins: int

    @property
    def window_samples(self) -> int:
        """Samples in one frame."""
        return len(self.window)


def frame_end(index: int, rate_hz: int, hops_per_s: int = FRONT_END.hops_per_s) -> int:
    """Return how many samples of the stream frame ``index`` may see.

    Where a hop is no whole number of samples the schedule carries the fraction in
    integers, so it never drifts and never runs ahead of its time.

    >>> frame_end(24, 44_100), frame_end(0, 11_025), frame_end(1, 11_025)
    (22050, 220, 441)
    """
    return (index + 1) * rate_hz // hops_per_s


def stage_twiddles(length: int) -> Float32:
    """Return the factors of a radix-8 Stockham FFT, pass after pass.

    A pass over sub-transforms of length n needs the powers 1 to 7 of ``w^p`` with
    ``w = exp(-2πi / n)`` and p from 0 to n/8.

    Returns:
        float32 ``[14, total]``: real and imaginary part of the seven powers.
    """
    passes = []
    n = length
    while n >= 8:
        angle = -2.0 * np.pi * np.arange(n // 8) / n
        powers = [np.exp(1j * power * angle) for power in range(1, 8)]
        passes.append(np.stack([part for w in powers for part in (w.real, w.imag)]))
        n //= 8
    return np.ascontiguousarray(np.concatenate(passes, axis=1), np.float32)


@lru_cache(maxsize=16)
def plan_frames(rate_hz: int, spec: FrontEndSpec = FRONT_END) -> FramePlan:
    """Return the tables for a sample rate; streams of one rate share them, so only to be read.

    Args:
        rate_hz: samples per second, 8,000 to 768,000. Below 16,000 the bands above
            half the rate stay at the floor.
        spec: the constants.

    Raises:
        UserError: where the rate is outside that range.
    """
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise UserError(
            f"A sample rate of {rate_hz} Hz is outside {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz: "
            "choose another rate on the device, or convert the file."
        )
    window_samples = round(spec.window_s * rate_hz)
    fft_samples = 2 << (window_samples - 1).bit_length()
    hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(window_samples) / window_samples)
    # One-sided power: twice the squared magnitude, divided by N and by the window's energy.
    window = hann * np.sqrt(2.0 / (fft_samples * np.sum(hann**2)))

    dense = mel_weights(rate_hz, fft_samples, spec.bands, spec.low_hz, spec.high_hz)
    first_bin = np.zeros(spec.bands, np.int64)
    bin_count = np.zeros(spec.bands, np.int64)
    pieces = []
    for band, row in enumerate(dense):
        used = np.flatnonzero(row)
        if len(used):
            needed = used[-1] + 1 - used[0]
            count = -(-needed // WEIGHT_LANES) * WEIGHT_LANES
            # Where the spectrum ends, the padding lies before the first bin.
            first = min(int(used[0]), dense.shape[1] - count)
            first_bin[band], bin_count[band] = first, count
            pieces.append(row[first : first + count])
    bins = int(np.max(first_bin + bin_count))
    turn = np.exp(-2j * np.pi * np.arange(bins) / fft_samples)
    return FramePlan(
        rate_hz=rate_hz,
        window=window.astype(np.float32),
        fft_samples=fft_samples,
        turn=np.stack([turn.real, turn.imag]).astype(np.float32),
        stages=stage_twiddles(fft_samples // 2),
        first_bin=first_bin,
        bin_count=bin_count,
        weights=np.concatenate(pieces).astype(np.float32),
        bins=bins,
    )
