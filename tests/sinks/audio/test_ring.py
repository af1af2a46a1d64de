"""The ring between the audio callback and the disk."""

from __future__ import annotations

import threading
import tracemalloc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from realtime_mer.sinks.audio.ring import AudioRing

Float32 = NDArray[np.float32]


def counting(start: int, count: int, channels: int = 1) -> Float32:
    """Samples that tell their place in the stream, from 1."""
    column = np.arange(start + 1, start + count + 1, dtype=np.float32)
    return np.repeat(column[:, np.newaxis], channels, axis=1)


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.booleans(), st.integers(0, 120)), max_size=40),
)
def test_what_comes_out_is_in_its_place(capacity: int, turns: list[tuple[bool, int]]) -> None:
    """However writes and reads take turns, each sample read is the right one or silence, and
    silence stands exactly where the ring had been overwritten."""
    ring = AudioRing(capacity, 1)
    out: list[float] = []
    lost = 0
    for write, count in turns:
        if write:
            ring.put(counting(ring.heard, count))
        else:
            into = np.full((count, 1), np.nan, np.float32)
            held_from = max(ring.heard - capacity, ring.taken)
            begin = ring.taken
            taken, silent = ring.take(into)
            assert taken == min(count, ring.heard - begin, capacity)
            assert silent == min(max(held_from - begin, 0), taken)
            lost += silent
            out += into[:taken, 0].tolist()
    assert len(out) == ring.taken
    assert all(value in (0.0, place + 1) for place, value in enumerate(out))
    assert out.count(0.0) == lost


def test_two_threads_never_mix_samples() -> None:
    """With a writer as fast as it goes, a reader sees no sample out of its place."""
    ring = AudioRing(4_000, 2)
    total = 2_000_000  # below 2^24, so that float32 tells all of them apart
    block = counting(0, total, 2)

    def write() -> None:
        for start in range(0, total, 257):
            ring.put(block[start : start + 257])

    writer = threading.Thread(target=write)
    writer.start()
    into = np.empty((1_000, 2), np.float32)
    right = lost = 0
    while writer.is_alive() or ring.waiting:
        begin = ring.taken
        count, silent = ring.take(into)
        assert not into[:silent].any()
        expected = block[begin + silent : begin + count]
        assert np.array_equal(into[silent:count], expected)
        right += count - silent
        lost += silent
    writer.join()
    assert right + lost == total
    assert right > 0


def test_writing_allocates_nothing_that_lasts() -> None:
    """A thousand blocks leave the memory of Python as it was."""
    ring = AudioRing(48_000, 2)
    block = np.zeros((512, 2), np.float32)
    ring.put(block)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(1_000):
            ring.put(block)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000
    assert peak - before < 2_000  # views of arrays, no arrays
