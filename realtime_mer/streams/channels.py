"""Every channel of a desk as a stream of its own, behind the face of one tracker."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from realtime_mer.estimate import Estimate
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model import EmotionModel
from realtime_mer.streams.many import ManyTracker

Float32 = NDArray[np.float32]


class ChannelTracker:
    """One stream for each column of the blocks; all go through the model in one call.

    >>> import numpy as np
    >>> from realtime_mer.model import load_model
    >>> tracker = ChannelTracker(48_000, load_model(), [3, 4])
    >>> tracker.listen(np.zeros((48_000, 2), np.float32))
    2
    >>> [(estimate.time_s, estimate.stream) for estimate in tracker.estimates()]
    [(0.5, 3), (0.5, 4), (1.0, 3), (1.0, 4)]

    As with a :class:`~realtime_mer.tracker.Tracker`, :meth:`listen` may be called in an
    audio callback beside the rest, which belongs to one thread.

    Args:
        rate_hz: samples per second, 8,000 to 768,000.
        model: the network.
        numbers: what each column is called, such as the numbers of a desk's channels, above 0.
        gate_db: A-weighted loudness in dBFS below which nothing is music.
        hold: in silence, keep the last values instead of gliding to neutral.

    Raises:
        UserError: where the rate cannot be used.
    """

    def __init__(
        self,
        rate_hz: int,
        model: EmotionModel,
        numbers: Sequence[int],
        *,
        gate_db: float = FRONT_END.gate_db,
        hold: bool = False,
    ) -> None:
        self.model = model
        self.rate_hz = rate_hz
        self.numbers = tuple(numbers)
        self._many = ManyTracker(model, gate_db=gate_db, hold=hold)
        self._columns = [self._many.add(rate_hz, [column]) for column in range(len(numbers))]
        self._streams = [self._many.stream(column) for column in self._columns]

    def listen(self, block: Float32) -> int:
        """Take samples and compute their frames, nothing more: for an audio callback.

        Args:
            block: float32 ``[samples, channels]`` with a column for each number, full scale
                at ±1, at most the 10 s that the queue of frames holds.

        Returns:
            How many steps of 500 ms wait for :meth:`estimates`.
        """
        for stream in self._streams:
            stream.listen(block)
        return self.waiting_steps

    @property
    def waiting_steps(self) -> int:
        """Steps that are complete in every channel."""
        return self._streams[-1].waiting_steps  # the last to be given a block

    def estimates(self) -> list[Estimate]:
        """Make every estimate that is due, step by step, those of a step in order of number."""
        return self._numbered(self._many.tick())

    def flush(self) -> list[Estimate]:
        """End all streams: round their length to whole steps."""
        return self._numbered({column: self._many.flush(column) for column in self._columns})

    def reset(self) -> None:
        """Begin new streams: levels, states and time start over."""
        for column in self._columns:
            self._many.reset(column)

    def forget(self) -> None:
        """Hear what follows as a new piece: levels and states start over, time goes on."""
        for column in self._columns:
            self._many.forget(column)

    def lose(self) -> None:
        """Take it that the sound is gone: nothing is music until :meth:`recover`."""
        for stream in self._streams:
            stream.lose()

    def recover(self) -> None:
        """Take it that the sound is back."""
        for stream in self._streams:
            stream.recover()

    def at_rate(self, rate_hz: int) -> ChannelTracker:
        """Return what goes on with all that this one remembers, at another rate.

        This one is done with then. The other's numbers begin at 0, see :meth:`begin_at`.

        Raises:
            UserError: where the rate cannot be used.
        """
        other = copy(self)
        other.rate_hz = rate_hz
        other._streams = [self._many.go_on(column, rate_hz) for column in self._columns]
        return other

    def skip_to_now(self, keep_steps: int = 1) -> int:
        """Give up steps that have waited too long; return how many, counted in time."""
        return max(stream.skip_to_now(keep_steps) for stream in self._streams)

    @property
    def next_sequence(self) -> int:
        """Number of the next estimate of each channel."""
        return self._streams[-1].next_sequence

    def begin_at(self, sequence: int) -> None:
        """Give the next estimates a number, and the time that goes with it."""
        for stream in self._streams:
            stream.begin_at(sequence)

    @property
    def gain_db(self) -> float:
        """Decibels by which every channel counts as louder than it arrives."""
        return self._streams[0].gain_db

    @gain_db.setter
    def gain_db(self, gain_db: float) -> None:
        for stream in self._streams:
            stream.gain_db = gain_db

    @property
    def broken_samples(self) -> int:
        """Samples so far that were no number and were heard as silence."""
        return sum(stream.broken_samples for stream in self._streams)

    def _numbered(self, due: dict[int, list[Estimate]]) -> list[Estimate]:
        made = [
            replace(estimate, stream=self.numbers[column])
            for column, estimates in due.items()
            for estimate in estimates
        ]
        return sorted(made, key=lambda estimate: (estimate.sequence, estimate.stream))
