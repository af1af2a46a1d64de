"""Vector instructions, for every width of registers that a machine may have."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from realtime_mer.frontend import simd


@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("radix", [2, 4, 8])
def test_butterflies_are_transforms(lanes: int, radix: int) -> None:
    """Each lane is transformed as NumPy would, turned by its twiddles and put in its place."""
    butterflies = simd.butterflies(radix, lanes)

    @numba.njit
    def run(x, y, twiddles, length):  # type: ignore[no-untyped-def]
        for q in range(0, length, lanes):
            butterflies(x, y, q, length, q, length, twiddles, 3)

    random = np.random.default_rng(radix)
    length = 2 * lanes
    x, y = random.normal(size=(2, 2, radix * length)).astype(np.float32)
    twiddles = random.normal(size=(14, 5)).astype(np.float32)
    run(x, y, twiddles, length)
    expected = np.fft.fft((x[0] + 1j * x[1]).reshape(radix, length), axis=0)
    if radix == 8:
        expected[1:] *= (twiddles[0::2, 3] + 1j * twiddles[1::2, 3])[:, None]
    np.testing.assert_allclose((y[0] + 1j * y[1]).reshape(radix, -1), expected, atol=1e-4)


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_first_butterflies_read_half_and_interleave(lanes: int) -> None:
    """The zeros are not read, each lane has its twiddle, and its outputs follow one another."""
    butterflies = simd.butterflies(8, lanes, first=True)

    @numba.njit
    def run(x, y, twiddles):  # type: ignore[no-untyped-def]
        butterflies(x, y, 0, lanes, 0, 0, twiddles, 0)

    random = np.random.default_rng(lanes)
    x, y = random.normal(size=(2, 2, 8 * lanes)).astype(np.float32)
    x[:, 4 * lanes :] = np.nan
    twiddles = random.normal(size=(14, lanes)).astype(np.float32)
    run(x, y, twiddles)
    heard = np.nan_to_num(x[0]) + 1j * np.nan_to_num(x[1])
    expected = np.fft.fft(heard.reshape(8, lanes), axis=0)
    expected[1:] *= twiddles[0::2] + 1j * twiddles[1::2]
    np.testing.assert_allclose((y[0] + 1j * y[1]).reshape(lanes, 8), expected.T, atol=1e-4)


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_dot_sums_products(lanes: int) -> None:
    """As many products as there are lanes are added up, from any places on."""
    dot = simd.dot(lanes)

    @numba.njit
    def run(a, i, b, j):  # type: ignore[no-untyped-def]
        return dot(a, i, b, j)

    a, b = np.random.default_rng(0).normal(size=(2, 40)).astype(np.float32)
    expected = a[3 : 3 + lanes] @ b[7 : 7 + lanes]
    assert run(a, 3, b, 7) == pytest.approx(expected, abs=1e-5)


def test_bits_and_back() -> None:
    """A number's bits are those of IEEE 754, and stand for it."""

    @numba.njit
    def bits(value):  # type: ignore[no-untyped-def]
        return simd.bits_of(value)

    @numba.njit
    def value(bits):  # type: ignore[no-untyped-def]
        return simd.float_of(bits)

    assert bits(np.float32(1.0)) == 0x3F800000
    assert value(np.int32(0x40490FDB)) == np.float32(np.pi)


def test_width_is_one_that_is_tested() -> None:
    """What this machine is found to have is one of the widths above."""
    assert simd.lanes_of_this_machine() in (4, 8, 16)


def test_unknown_processor_has_four_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where LLVM cannot tell what it runs on, vectors are as short as everywhere."""

    def unknown() -> dict[str, bool]:
        raise RuntimeError("cannot determine")

    monkeypatch.setattr(simd.binding, "get_host_cpu_features", unknown)
    assert simd.lanes_of_this_machine() == 4
