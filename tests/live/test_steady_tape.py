"""A recording of sound whose device came back at another rate."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from realtime_mer.live.steady_tape import SteadyTape

TAPE_RATE_HZ = 44_100


class Reel:
    """Keeps what it is given."""

    hurried = False

    def __init__(self) -> None:
        self.blocks: list[NDArray[np.float32]] = []
        self.closed = False

    def take(self, block: NDArray[np.float32]) -> None:
        """Keep a block."""
        self.blocks.append(block.copy())

    def close(self) -> None:
        """Remember it."""
        self.closed = True


def test_what_fits_is_kept_as_it_is() -> None:
    """Blocks of the tape's own rate arrive sample for sample."""
    reel = Reel()
    tape = SteadyTape(reel, TAPE_RATE_HZ, 2)
    block = np.random.default_rng(0).normal(size=(512, 2)).astype(np.float32)
    tape.take(block, TAPE_RATE_HZ)
    tape.close()
    np.testing.assert_array_equal(reel.blocks[0], block)
    assert reel.closed
    assert not tape.hurried


@given(st.lists(st.integers(1, 9000), min_size=1, max_size=40), st.sampled_from([16_000, 96_000]))
def test_what_does_not_fit_keeps_the_time(lengths: list[int], rate_hz: int) -> None:
    """Silence as long as the blocks, to the sample, however they are cut."""
    reel = Reel()
    tape = SteadyTape(reel, TAPE_RATE_HZ, 2)
    for length in lengths:
        tape.take(np.ones((length, 2), np.float32), rate_hz)
    written = sum(len(block) for block in reel.blocks)
    assert abs(written - sum(lengths) * TAPE_RATE_HZ / rate_hz) <= 1.0
    assert not any(block.any() for block in reel.blocks)
    assert all(block.shape[1] == 2 for block in reel.blocks)
