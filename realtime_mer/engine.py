"""What a live run asks of whatever listens for it: one tracker, or one for each channel."""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from realtime_mer.estimate import Estimate
from realtime_mer.model import EmotionModel

Float32 = NDArray[np.float32]


class Engine(Protocol):
    """Samples in, estimates out, as :class:`~realtime_mer.tracker.Tracker` has it."""

    model: EmotionModel
    rate_hz: int
    gain_db: float
    """Decibels by which the sound counts as louder than it arrives."""

    def listen(self, block: Float32) -> int:
        """Take samples, for an audio callback; return how many steps wait."""

    @property
    def waiting_steps(self) -> int:
        """Steps whose frames are complete and whose estimates are not yet made."""

    def estimates(self) -> list[Estimate]:
        """Run the model over every step that waits."""

    def flush(self) -> list[Estimate]:
        """End the stream: round its length to whole steps."""

    def forget(self) -> None:
        """Hear what follows as a new piece."""

    def skip_to_now(self, keep_steps: int = 1) -> int:
        """Give up steps that have waited too long; return how many."""

    @property
    def next_sequence(self) -> int:
        """Number of the next estimate."""

    def begin_at(self, sequence: int) -> None:
        """Give the next estimate a number, and the time that goes with it."""

    def lose(self) -> None:
        """Take it that the sound is gone: nothing is music until :meth:`recover`."""

    def recover(self) -> None:
        """Take it that the sound is back."""

    def at_rate(self, rate_hz: int) -> Self:
        """Return what goes on in this one's place, with all its memory, at another rate.

        Its numbers begin at 0, see :meth:`begin_at`.

        Raises:
            UserError: where the rate cannot be used.
        """
