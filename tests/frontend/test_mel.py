"""The mel filters."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from realtime_mer.frontend.mel import (
    a_weighting,
    band_edges_hz,
    hz_to_mel,
    mel_to_hz,
    mel_weights,
)


def test_scale_is_slaneys() -> None:
    """The scale agrees with librosa's, which follows the Auditory Toolbox."""
    hz = np.linspace(0.0, 20_000.0, 777)
    np.testing.assert_allclose(hz_to_mel(hz), librosa.hz_to_mel(hz), atol=1e-9)
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(hz)), hz, atol=1e-8)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_weights_are_means_over_the_bins(rate_hz: int) -> None:
    """Each weight is the mean of the triangle over the bin, here integrated numerically."""
    fft_samples, bands = 2_048, 20
    weights = mel_weights(rate_hz, fft_samples, bands, 30.0, 8_000.0)
    width_hz = rate_hz / fft_samples
    edges = band_edges_hz(bands, 30.0, 8_000.0)
    points = (np.arange(400) + 0.5) / 400 - 0.5
    for band in (0, 7, 19):
        bins = np.arange(1, fft_samples // 2)
        hz = (bins[:, None] + points) * width_hz
        triangle = np.interp(hz, edges[band : band + 3], [0.0, 1.0, 0.0])
        np.testing.assert_allclose(weights[band, bins], triangle.mean(axis=1), atol=1e-4)


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000, 96_000])
def test_bands_pass_all_power_between_the_outer_peaks(rate_hz: int) -> None:
    """The triangles add up to one, so no power is counted twice or lost."""
    weights = mel_weights(rate_hz, 4_096, 64, 30.0, 8_000.0)
    edges = band_edges_hz(64, 30.0, 8_000.0)
    hz = np.arange(2_049) * rate_hz / 4_096
    inside = (hz > edges[1] + rate_hz / 4_096) & (hz < edges[-2] - rate_hz / 4_096)
    np.testing.assert_allclose(weights.sum(axis=0)[inside], 1.0, atol=1e-9)


def test_bands_beyond_half_the_rate_are_empty() -> None:
    """At 8 kHz a band above 4 kHz has no weight rather than a wrong one."""
    weights = mel_weights(8_000, 1_024, 64, 30.0, 8_000.0)
    edges = band_edges_hz(64, 30.0, 8_000.0)
    assert np.all(weights[edges[:-2] >= 4_000.0] == 0.0)
    assert np.all(weights[edges[2:] < 4_000.0].sum(axis=1) > 0.0)


def test_a_weighting_follows_the_standard() -> None:
    """Three values of IEC 61672-1, table 3, within its rounding of 0.1 dB."""
    gain_db = 10.0 * np.log10(a_weighting(np.array([100.0, 1_000.0, 8_000.0])))
    np.testing.assert_allclose(gain_db, [-19.1, 0.0, -1.1], atol=0.1)
