"""The compiled kernels against independent references and against their NumPy twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_mer.frontend import LevelNormaliser, decibels, fft, kernels, log_mel, twin
from realtime_mer.frontend.plan import stage_twiddles


@pytest.mark.parametrize("length", [512, 1_024, 2_048, 4_096, 8_192, 32_768])
def test_fft_of_padded_input_equals_numpys(length: int) -> None:
    """The FFT agrees with NumPy's to rounding, whatever its last radix; the padding is not read."""
    random = np.random.default_rng(length)
    values = random.normal(size=length // 2) + 1j * random.normal(size=length // 2)
    places = np.full((2, length), np.nan, np.float32), np.zeros((2, length), np.float32)
    places[0][:, : length // 2] = values.real, values.imag
    where = fft.fft_of_padded(stage_twiddles(length), *places)
    found = places[where][0] + 1j * places[where][1]
    expected = np.fft.fft(values, length)
    assert np.abs(found - expected).max() <= 3e-7 * np.abs(expected).max()


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 44_100, 48_000, 96_000])
def test_compiled_frames_equal_the_twins(rate_hz: int) -> None:
    """Noise and a tone over 60 dB give the frames of NumPy's double precision, to 0.005 dB."""
    random = np.random.default_rng(rate_hz)
    time_s = np.arange(rate_hz) / rate_hz
    samples = 0.5 * np.sin(2 * np.pi * 441.0 * time_s) + 0.0005 * random.normal(size=rate_hz)
    block = samples.astype(np.float32)
    compiled, numpys = log_mel(block, rate_hz), log_mel(block, rate_hz, backend=twin)
    print(f"largest difference: {np.abs(compiled - numpys).max():.1e} dB")
    np.testing.assert_allclose(compiled, numpys, atol=5e-3)


def test_decibels_equal_numpys() -> None:
    """Powers from the smallest number to 30 dB are turned into decibels to 1e-5 dB."""
    powers = np.geomspace(1e-38, 1e3, 100_001).astype(np.float32)
    found = powers.copy()
    decibels.into_decibels(found, np.float32(1e-12))
    expected = 10.0 * np.log10(np.maximum(powers.astype(np.float64), np.float32(1e-12)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1.2e-5)


def test_powers_equal_numpys() -> None:
    """Decibels from -120 to 30 are turned into powers to a millionth."""
    levels_db = np.linspace(-120.0, 30.0, 10_001).astype(np.float32)
    weights = np.ones(1, np.float32)
    found = [decibels.loudness_power(levels_db[i : i + 1], weights) for i in range(len(levels_db))]
    np.testing.assert_allclose(found, 10.0 ** (levels_db.astype(np.float64) / 10.0), rtol=3e-6)


@settings(deadline=None, max_examples=50)
@given(
    seed=st.integers(0, 2**32 - 1),
    columns=st.integers(1, 8),
    rows=st.integers(0, 50),
    written=st.integers(0, 10**6),
    gain=st.sampled_from([0.0, 0.5, 1e3, 3e37]),
)
def test_mixing_equals_the_twins(
    seed: int, columns: int, rows: int, written: int, gain: float
) -> None:
    """Any block, with numbers that are none in it, lands in the ring alike."""
    random = np.random.default_rng(seed)
    block = (gain * random.normal(size=(rows, columns))).astype(np.float32)
    block[random.random(block.shape) < 0.05] = np.nan
    block[random.random(block.shape) < 0.05] = np.inf
    channels = np.flatnonzero(random.random(columns) < 0.6)
    channels = channels if len(channels) else np.array([0])
    rings = np.zeros(64, np.float32), np.zeros(64, np.float32)
    broken = kernels.mix_into_ring(block, rings[0], written, channels)
    assert broken == twin.mix_into_ring(block, rings[1], written, channels)
    np.testing.assert_allclose(rings[0], rings[1], rtol=1e-6, atol=1e-9)
    assert np.all(np.abs(rings[0]) <= kernels.LOUDEST)


def test_normalised_frames_equal_the_twins() -> None:
    """Frames with loud, soft, gated and silent stretches are normalised alike."""
    random = np.random.default_rng(3)
    level = np.repeat([-30.0, -60.0, -120.0, -20.0, -75.0, -40.0], 200)[:, None]
    frames = np.maximum(level + 8.0 * random.normal(size=(1_200, 64)), -120.0).astype(np.float32)
    compiled, heard = LevelNormaliser(backend=kernels).apply(frames)
    numpys, heard_by_twin = LevelNormaliser(backend=twin).apply(frames)
    assert heard == heard_by_twin
    np.testing.assert_allclose(compiled, numpys, atol=1e-4)
