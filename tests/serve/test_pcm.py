"""Samples as they travel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.serve.pcm import Format, blocks_of


@given(
    st.lists(st.integers(-32_768, 32_767), max_size=200),
    st.integers(1, 4),
    st.sampled_from(["s16", "f32"]),
    st.floats(0.001, 1.0),
)
def test_samples_arrive_as_they_were(
    values: list[int], channels: int, sample: str, longest_s: float
) -> None:
    """Whatever the format and the blocks, what was sent is heard, full scale at ±1."""
    values = values[: len(values) - len(values) % channels]
    form = Format(8_000, channels, sample)
    expected = np.array(values, np.float32).reshape(-1, channels) / 32_768
    data = (
        np.array(values, "<i2").tobytes() if sample == "s16" else expected.astype("<f4").tobytes()
    )
    blocks = blocks_of(data, form, longest_s)
    assert all(0 < len(block) <= max(1, int(8_000 * longest_s)) for block in blocks)
    heard = np.concatenate(blocks) if blocks else np.zeros((0, channels), np.float32)
    np.testing.assert_array_equal(heard, expected)


def test_half_a_sample_is_refused() -> None:
    """The sentence says how long one is."""
    with pytest.raises(ValueError, match=r"of 4 bytes each \(2 × s16\)"):
        blocks_of(bytes(6), Format(8_000, 2, "s16"), 1.0)
    assert Format(48_000, 2, "f32").bytes_per_s == 384_000
