"""Mel filters as integrals over each frequency bin.

A filter sampled at the bin centres depends on where the bins happen to lie, hence on
the sample rate. The mean of the triangle over the whole width of a bin does so much
less: it treats the spectrum as piecewise constant, whatever the width of the pieces.
"""

from __future__ import annotations

import numpy as np

from realtime_mer.frontend.types import Float64

LINEAR_HZ_PER_MEL = 200.0 / 3.0
BREAK_HZ = 1_000.0
LOG_STEP = np.log(6.4) / 27.0  # 27 steps from 1,000 to 6,400 Hz


def hz_to_mel(hz: Float64 | float) -> Float64:
    """Convert hertz to mel: linear to 1 kHz, logarithmic above (Slaney 1998, Auditory Toolbox).

    Its lowest bands are wider than those of the purely logarithmic formula, hence no
    narrower than what a 40 ms window resolves.
    """
    hz = np.asarray(hz, np.float64)
    break_mel = BREAK_HZ / LINEAR_HZ_PER_MEL
    above = break_mel + np.log(np.maximum(hz, BREAK_HZ) / BREAK_HZ) / LOG_STEP
    return np.where(hz < BREAK_HZ, hz / LINEAR_HZ_PER_MEL, above)


def mel_to_hz(mel: Float64 | float) -> Float64:
    """Convert mel to hertz, the inverse of :func:`hz_to_mel`."""
    mel = np.asarray(mel, np.float64)
    break_mel = BREAK_HZ / LINEAR_HZ_PER_MEL
    above = BREAK_HZ * np.exp(LOG_STEP * (np.maximum(mel, break_mel) - break_mel))
    return np.where(mel < break_mel, mel * LINEAR_HZ_PER_MEL, above)


def band_edges_hz(bands: int, low_hz: float, high_hz: float) -> Float64:
    """Return ``bands + 2`` frequencies; band ``b`` begins, peaks and ends at ``[b : b + 3]``."""
    return mel_to_hz(np.linspace(hz_to_mel(low_hz), hz_to_mel(high_hz), bands + 2))


def _triangle_integral(hz: Float64, left: float, centre: float, right: float) -> Float64:
    """Integrate the triangle of height 1 from minus infinity to each of ``hz``."""
    rise = np.clip(hz, left, centre) - left
    fall = right - np.clip(hz, centre, right)
    rising = rise**2 / (2.0 * (centre - left))
    falling = (right - centre) / 2.0 - fall**2 / (2.0 * (right - centre))
    return np.asarray(rising + falling)


def mel_weights(
    rate_hz: int, fft_samples: int, bands: int, low_hz: float, high_hz: float
) -> Float64:
    """Return the share of each bin's power that falls into each band.

    Args:
        rate_hz: samples per second.
        fft_samples: length of the FFT.
        bands: number of triangles, equally spaced in mel.
        low_hz: where the first triangle begins.
        high_hz: where the last triangle ends; may lie beyond half the rate, in which
            case the bands up there get no weight.

    Returns:
        ``[bands, fft_samples // 2 + 1]``, each weight from 0 to 1.
    """
    width_hz = rate_hz / fft_samples
    boundaries = (np.arange(fft_samples // 2 + 2) - 0.5) * width_hz
    boundaries = np.clip(boundaries, 0.0, rate_hz / 2)
    edges = band_edges_hz(bands, low_hz, high_hz)
    weights = np.empty((bands, fft_samples // 2 + 1))
    for band in range(bands):
        left, centre, right = edges[band : band + 3]
        weights[band] = np.diff(_triangle_integral(boundaries, left, centre, right)) / width_hz
    return weights


def a_weighting(hz: Float64) -> Float64:
    """Return the power gain of A-weighting at each frequency (IEC 61672-1, annex E)."""
    square = np.asarray(hz, np.float64) ** 2
    amplitude = (12194.0**2 * square**2) / (
        (square + 20.6**2)
        * np.sqrt((square + 107.7**2) * (square + 737.9**2))
        * (square + 12194.0**2)
    )
    # +2.0 dB brings 1 kHz to unity, as the standard defines it.
    return np.asarray((amplitude * 10.0 ** (2.0 / 20.0)) ** 2)
