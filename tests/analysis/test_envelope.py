"""The outline of a waveform."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.analysis.envelope import Envelope

RATE_HZ = 8_000
BUCKET = 80


@given(
    st.lists(st.integers(0, 700), min_size=1, max_size=12),
    st.integers(1, 50),
    st.integers(0, 2**32 - 1),
)
def test_the_outline_encloses_the_samples_tightly(lengths: list[int], most: int, seed: int) -> None:
    """However the samples are split, each column's ends are its samples' extremes."""
    samples = np.random.default_rng(seed).normal(size=(sum(lengths), 2)).astype(np.float32)
    envelope = Envelope(RATE_HZ)
    for block in np.split(samples, np.cumsum(lengths)[:-1]):
        envelope.push(block)
    times, low, high = envelope.outline(most)
    assert len(times) == len(low) == len(high) <= most
    mono = samples.mean(axis=1, dtype=np.float32)
    buckets = math.ceil(len(mono) / BUCKET)
    per_column = BUCKET * max(1, math.ceil(buckets / most))
    columns = [mono[k : k + per_column] for k in range(0, len(mono), per_column)]
    np.testing.assert_array_equal(low, [column.min() for column in columns])
    np.testing.assert_array_equal(high, [column.max() for column in columns])
    assert np.all(np.diff(times) > 0)
