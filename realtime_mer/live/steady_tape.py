"""Keeps a recording of sound in time, whatever rate comes."""

from __future__ import annotations

import logging

import numpy as np

from realtime_mer.sinks.base import Tape
from realtime_mer.sources.base import Block

_log = logging.getLogger(__name__)


class SteadyTape:
    """A tape that takes only what has its rate, and silence of the same length for the rest.

    A device that came back with another rate cannot go on in the same file; but the file goes
    on in time, so that the values still belong to its seconds.

    Args:
        tape: what is recorded on.
        rate_hz: its samples per second.
        channels: its channels, and those of every block.
    """

    def __init__(self, tape: Tape, rate_hz: int, channels: int) -> None:
        self._tape = tape
        self._rate_hz = rate_hz
        self._silence = np.zeros((rate_hz, channels), np.float32)
        self._foreign_s = 0.0
        self._written_s = 0.0

    @property
    def hurried(self) -> bool:
        """Whether sound that can wait had better wait."""
        return self._tape.hurried

    def take(self, block: Block, rate_hz: int) -> None:
        """Keep a block of samples at this rate."""
        if rate_hz == self._rate_hz:
            self._tape.take(block)
            return
        if not self._foreign_s:
            _log.warning(
                "The device came back at %d Hz: from here on the recording of the sound, at "
                "%d Hz, has silence.",
                rate_hz,
                self._rate_hz,
            )
        self._foreign_s += len(block) / rate_hz
        owed = round((self._foreign_s - self._written_s) * self._rate_hz)
        self._written_s += owed / self._rate_hz
        while owed > 0:
            self._tape.take(self._silence[:owed])
            owed -= len(self._silence)

    def close(self) -> None:
        """Finish the file."""
        self._tape.close()
