"""A thread that hands out blocks as a sound card would: each when its last sample is due."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator

import numpy as np

from realtime_mer.errors import UserError
from realtime_mer.sources.base import Block, Deliver, Ended

LIVE_BLOCK_S = 0.02
"""Length of a block that is played at some speed: one hop of the front end."""

FAST_BLOCK_S = 0.5
"""Length of a block where nothing is paced: one step, so that little time goes into calls."""

JOIN_LIMIT_S = 0.4


class Player:
    """Delivers the blocks of an iterator from a thread of its own, paced by the clock.

    The block that ends with sample ``n`` is delivered at ``start + n / (rate · speed)`` of the
    monotonic clock. The schedule counts samples from the start and sums no sleeps, so it never
    drifts, and a player that was held up catches up.

    Args:
        blocks: arrays of shape ``[samples, channels]``, float32.
        rate_hz: samples per second of the blocks at speed 1.
        speed: 1 for their own speed, 2 for twice as fast, ``math.inf`` for no pacing.
    """

    def __init__(self, blocks: Iterator[Block], rate_hz: int, speed: float, name: str) -> None:
        self._blocks = blocks
        self._samples_per_s = rate_hz * speed
        self._name = name
        # Re-entrant, since whoever is given a block may close the source.
        self._delivering = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Begin to deliver; ``ended`` follows the last block, or the error that broke it off."""
        self._thread = threading.Thread(
            target=self._run, args=(deliver, ended), name=self._name, daemon=True
        )
        self._thread.start()

    def close(self) -> bool:
        """Return when no further block can come, without waiting for a read that blocks.

        Returns:
            Whether the thread is over, so that what it reads from may be closed.
        """
        self._stop.set()
        if self._thread is None or self._thread is threading.current_thread():
            return True
        if self._delivering.acquire(timeout=JOIN_LIMIT_S):
            self._delivering.release()
        self._thread.join(JOIN_LIMIT_S)
        return not self._thread.is_alive()

    def _run(self, deliver: Deliver, ended: Ended) -> None:
        failure: Exception | None = None
        try:
            self._play(deliver)
        except Exception as error:
            failure = error
        if not self._stop.is_set():
            ended(failure)

    def _play(self, deliver: Deliver) -> None:
        start_s, samples = 0.0, 0
        for block in self._blocks:
            start_s = start_s or time.monotonic()  # when the first block is there to be played
            samples += len(block)
            if math.isfinite(self._samples_per_s):
                self._stop.wait(start_s + samples / self._samples_per_s - time.monotonic())
            with self._delivering:
                if self._stop.is_set():
                    return
                deliver(block)


def block_samples(rate_hz: int, speed: float) -> int:
    """Return how many samples to read at a time for playing at a speed."""
    if math.isfinite(speed):
        return max(1, round(rate_hz * speed * LIVE_BLOCK_S))
    return max(1, round(rate_hz * FAST_BLOCK_S))


def checked_speed(speed: float) -> float:
    """Return a speed above 0.

    Raises:
        UserError: it is 0, negative or not a number.
    """
    if not speed > 0:
        raise UserError(
            f"A speed of {speed:g} plays nothing: give --speed a number above 0, or max."
        )
    return speed


def picked_columns(
    blocks: Iterator[Block], channels: tuple[int, ...] | None, available: int, name: str
) -> tuple[Iterator[Block], int]:
    """Return blocks of the chosen channels alone, and how many channels those are.

    Args:
        blocks: blocks of all channels.
        channels: the chosen ones, 0-based; None for all.
        available: number of channels there are.
        name: what to call the source if it lacks one of them.

    Raises:
        UserError: a channel is beyond those available.
    """
    if channels is None:
        return blocks, available
    beyond = [channel for channel in channels if channel >= available]
    if beyond:
        raise UserError(
            f"“{name}” has no channel {beyond[0] + 1}: choose --channels from 1 to {available}."
        )
    indices = np.array(channels)
    return (np.ascontiguousarray(block[:, indices]) for block in blocks), len(channels)
