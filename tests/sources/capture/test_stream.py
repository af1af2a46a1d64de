"""Which channels of a device are heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.sources.capture.stream import column_selector, pick_channels
from realtime_mer.sources.devices import DeviceInfo


def device(channels: int) -> DeviceInfo:
    return DeviceInfo(0, "Desk", "ALSA", channels, 48_000)


@pytest.mark.parametrize(("available", "expected"), [(1, (0,)), (2, (0, 1)), (32, (0, 1))])
def test_first_two_channels_by_default(available: int, expected: tuple[int, ...]) -> None:
    """Unless chosen, the stereo pair is heard, or the one channel there is."""
    assert pick_channels(device(available), None) == expected


def test_chosen_channels() -> None:
    """Chosen channels stay as they are; one beyond the device's is refused."""
    assert pick_channels(device(18), (17, 2)) == (17, 2)
    with pytest.raises(UserError, match=r"“Desk” has no channel 19: .* from 1 to 18"):
        pick_channels(device(18), (2, 18))


@given(st.lists(st.integers(0, 11), min_size=1, max_size=12, unique=True), st.integers(0, 3))
def test_selector_gives_the_chosen_columns(channels: list[int], more: int) -> None:
    """Any choice gives its columns in its order."""
    opened = max(channels) + 1 + more
    block = np.random.default_rng(0).standard_normal((7, opened)).astype(np.float32)
    chosen = column_selector(tuple(channels), opened)(block)
    np.testing.assert_array_equal(chosen, block[:, channels])


@pytest.mark.parametrize("channels", [(0, 1, 2, 3), (0, 1), (2, 3), (1,)])
def test_neighbouring_channels_are_not_copied(channels: tuple[int, ...]) -> None:
    """The usual choices cost nothing in the audio callback."""
    block = np.zeros((7, 4), dtype=np.float32)
    assert np.shares_memory(column_selector(channels, 4)(block), block)
