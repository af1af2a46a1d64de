"""The outline of a waveform, small enough to draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BUCKET_S = 0.01
"""Seconds of sound in each pair of extremes before they are brought to the plot's width."""

Float32 = NDArray[np.float32]


class Envelope:
    """Smallest and largest sample of every 10 ms of the mono mix.

    Args:
        rate_hz: samples per second.
    """

    def __init__(self, rate_hz: int) -> None:
        self._bucket_samples = max(1, round(BUCKET_S * rate_hz))
        self._rate_hz = rate_hz
        self._rest = np.zeros(0, np.float32)
        self._lows: list[Float32] = []
        self._highs: list[Float32] = []

    def push(self, block: Float32) -> None:
        """Take samples, float32 ``[samples, channels]``, any number of them."""
        mono = np.concatenate([self._rest, block.mean(axis=1, dtype=np.float32)])
        whole = len(mono) - len(mono) % self._bucket_samples
        buckets = mono[:whole].reshape(-1, self._bucket_samples)
        self._lows.append(buckets.min(axis=1))
        self._highs.append(buckets.max(axis=1))
        self._rest = mono[whole:]

    def outline(self, most: int) -> tuple[Float32, Float32, Float32]:
        """Return times, smallest and largest values.

        Args:
            most: largest number of columns wanted.

        Returns:
            Seconds at the middle of each column, and its two extremes at full scale ±1,
            float32 ``[columns]`` each; a started bucket at the end is part of the last one.
        """
        rest = [self._rest] if len(self._rest) else []
        lows = np.concatenate(
            [np.zeros(0, np.float32), *self._lows, *(r.min(keepdims=True) for r in rest)]
        )
        highs = np.concatenate(
            [np.zeros(0, np.float32), *self._highs, *(r.max(keepdims=True) for r in rest)]
        )
        if not len(lows):
            return lows, lows, highs
        starts = np.arange(0, len(lows), -(-len(lows) // most))
        low = np.minimum.reduceat(lows, starts)
        high = np.maximum.reduceat(highs, starts)
        ends = np.append(starts[1:], len(lows))
        bucket_s = self._bucket_samples / self._rate_hz
        return ((starts + ends) / 2 * bucket_s).astype(np.float32), low, high
