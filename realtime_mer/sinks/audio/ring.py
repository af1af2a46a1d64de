"""Samples on their way from the audio callback to a thread that may be slow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


class AudioRing:
    """The last seconds of a stream, written by one thread and read by another.

    The writer never waits, asks or allocates: it always has room, since it overwrites what is
    oldest. The reader finds out afterwards what was overwritten before or while it copied, and
    has silence there, so that a sample keeps its place in the stream whatever was lost. The
    two share whole numbers only, each moved by one of them, so no lock is needed.

    Args:
        samples: how many are kept.
        channels: number of channels.

    Attributes:
        heard: samples written since the stream began.
        taken: samples read since then.
    """

    def __init__(self, samples: int, channels: int) -> None:
        self._ring: Float32 = np.empty((samples, channels), np.float32)
        self._ring.fill(0.0)  # touched now: the callback shall not wait for memory
        self.capacity = samples
        self.heard = 0
        self.taken = 0
        self._claimed = 0

    def put(self, block: Float32) -> None:
        """Write a block, float32 ``[samples, channels]``: for an audio callback."""
        for start in range(0, len(block), self.capacity):
            piece = block[start : start + self.capacity]
            count = len(piece)
            # From now on what was in these places counts as gone.
            self._claimed = self.heard + count
            place = self.heard % self.capacity
            before_wrap = min(count, self.capacity - place)
            self._ring[place : place + before_wrap] = piece[:before_wrap]
            if before_wrap < count:
                self._ring[: count - before_wrap] = piece[before_wrap:]
            self.heard += count

    @property
    def waiting(self) -> int:
        """Samples heard and not yet taken."""
        return self.heard - self.taken

    def take(self, into: Float32) -> tuple[int, int]:
        """Copy the next samples out.

        Args:
            into: float32 ``[samples, channels]``, receives as many as there are.

        Returns:
            How many samples were written to its beginning, and how many of these are
            silence in place of samples that came too fast.
        """
        count = min(len(into), self.waiting, self.capacity)
        place = self.taken % self.capacity
        before_wrap = min(count, self.capacity - place)
        into[:before_wrap] = self._ring[place : place + before_wrap]
        into[before_wrap:count] = self._ring[: count - before_wrap]
        lost = min(max(self._claimed - self.capacity - self.taken, 0), count)
        into[:lost] = 0.0
        self.taken += count
        return count, lost
