"""Powers into decibels and back, compiled by numba: in whole vectors, without a library's log.

Both polynomials are those of Cephes (Moshier 1989), good to 1e-7.
"""

from __future__ import annotations

import numpy as np

from realtime_mer.frontend.jit import compiled
from realtime_mer.frontend.simd import bits_of, float_of
from realtime_mer.frontend.types import Float32


@compiled("void(float32[::1], float32)")
def into_decibels(powers: Float32, floor: np.float32) -> None:
    """Replace powers by decibels; those under the floor count as the floor.

    Args:
        powers: float32 ``[n]``, above 0.
        floor: float32.
    """
    for index in range(len(powers)):
        bits = bits_of(max(powers[index], floor))
        # Halving the mantissas above √2 leaves m from √½ to √2.
        exponent = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
        x = float_of(bits - (exponent << np.int32(23))) - np.float32(1.0)
        y = np.float32(7.0376836292e-2) * x + np.float32(-1.1514610310e-1)
        y = y * x + np.float32(1.1676998740e-1)
        y = y * x + np.float32(-1.2420140846e-1)
        y = y * x + np.float32(1.4249322787e-1)
        y = y * x + np.float32(-1.6668057665e-1)
        y = y * x + np.float32(2.0000714765e-1)
        y = y * x + np.float32(-2.4999993993e-1)
        y = y * x + np.float32(3.3333331174e-1)
        y = x + x * x * (x * y - np.float32(0.5))
        powers[index] = (
            np.float32(3.0102999566) * np.float32(exponent) + np.float32(4.3429448190) * y
        )


@compiled("float32(float32[::1], float32[::1])")
def loudness_power(frame: Float32, weights: Float32) -> np.float32:
    """Return the weighted sum of the powers of a frame.

    Args:
        frame: float32 ``[bands]``, decibels up to 370.
        weights: float32 ``[bands]``.
    """
    total = np.float32(0.0)
    for band in range(len(frame)):
        octaves = max(np.float32(0.33219280949) * frame[band], np.float32(-120.0))
        whole = np.int32(octaves + np.float32(128.5)) - np.int32(128)  # the nearest
        x = octaves - np.float32(whole)
        y = np.float32(1.535336188319500e-4) * x + np.float32(1.339887440266574e-3)
        y = y * x + np.float32(9.618437357674640e-3)
        y = y * x + np.float32(5.550332471162809e-2)
        y = y * x + np.float32(2.402264791363012e-1)
        y = y * x + np.float32(6.931472028550421e-1)
        y = y * x + np.float32(1.0)
        total += weights[band] * y * float_of((whole + np.int32(127)) << np.int32(23))
    return total
