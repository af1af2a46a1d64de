"""The tracker: samples in, estimates out. No sockets, no sound card, no threads, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from realtime_mer.estimate import Estimate
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.stream import STEP_FRAMES, Stream

Float32 = NDArray[np.float32]


class Tracker:
    """One stream of music and what it feels like.

    >>> import numpy as np
    >>> tracker = Tracker(44_100)
    >>> estimates = tracker.feed(np.zeros(44_100, np.float32))
    >>> [(estimate.time_s, estimate.active) for estimate in estimates]
    [(0.5, False), (1.0, False)]

    :meth:`feed` does everything. Where samples arrive in an audio callback, its two
    halves can run in two threads: :meth:`listen` in the callback, :meth:`estimates` in a
    worker. Either way the estimates are the same, whatever the size of the blocks.

    For many streams at once there is :class:`~realtime_mer.streams.ManyTracker`.

    Args:
        rate_hz: samples per second, 8,000 to 768,000.
        model: the network; None loads the one that comes with the package.
        channels: columns of the blocks to mix, from 0; None mixes all of them.
        gate_db: A-weighted loudness in dBFS below which nothing is music.
        hold: in silence, keep the last values instead of gliding to neutral.

    Raises:
        UserError: where the rate or the model cannot be used.
    """

    def __init__(
        self,
        rate_hz: int,
        model: EmotionModel | None = None,
        *,
        channels: Sequence[int] | None = None,
        gate_db: float = FRONT_END.gate_db,
        hold: bool = False,
    ) -> None:
        self.model = model or load_model()
        self.rate_hz = rate_hz
        self.hold = hold
        self._stream = Stream(
            rate_hz, self.model.metadata, channels=channels, gate_db=gate_db, hold=hold
        )
        self._normalised: Float32 = np.zeros((1, STEP_FRAMES, FRONT_END.bands), np.float32)
        self._feed_piece = 10 * rate_hz  # well under the queue of the front end
        self._state = self.model.initial_state()

    def reset(self) -> None:
        """Begin a new stream: level, state and time start over."""
        self._stream.reset()
        self._state = self.model.initial_state()

    def forget(self) -> None:
        """Hear what follows as a new piece: level and state start over, time goes on.

        Unlike :meth:`reset` it may be called beside :meth:`listen`, from where
        :meth:`estimates` is called.
        """
        self._stream.forget()
        self._state = self.model.initial_state()

    def lose(self) -> None:
        """Take it that the sound is gone: nothing is music until :meth:`recover`.

        The next estimate is not active. Call both from where :meth:`estimates` is called.
        """
        self._stream.lose()

    def recover(self) -> None:
        """Take it that the sound is back."""
        self._stream.recover()

    def at_rate(self, rate_hz: int) -> Tracker:
        """Return a tracker at another rate that goes on with all that this one remembers.

        This one is done with then. The other's numbers begin at 0, see :meth:`begin_at`.

        Raises:
            UserError: where the rate cannot be used.
        """
        other = copy(self)
        other.rate_hz = rate_hz
        other._stream = self._stream.at_rate(rate_hz)
        other._feed_piece = 10 * rate_hz
        return other

    def feed(self, block: Float32) -> list[Estimate]:
        """Take samples and return the estimates that are due.

        Args:
            block: float32 ``[samples]`` or ``[samples, channels]``, any number of samples,
                full scale at ±1.
        """
        due: list[Estimate] = []
        for start in range(0, len(block), self._feed_piece):
            self.listen(block[start : start + self._feed_piece])
            due += self.estimates()
        return due

    def flush(self) -> list[Estimate]:
        """End the stream: round its length to whole steps.

        A last step of which at least half was heard, or which is the only one, is
        completed with silence; a shorter remainder is left out.
        """
        return self.feed(self._stream.silence_to_end())

    def listen(self, block: Float32) -> int:
        """Take samples and compute their frames, nothing more: for an audio callback.

        Args:
            block: as for :meth:`feed`, at most the 60 s that the queue of frames holds.

        Returns:
            How many steps of 500 ms wait for :meth:`estimates`.
        """
        return self._stream.listen(block)

    @property
    def next_sequence(self) -> int:
        """Number of the next estimate."""
        return self._stream.next_sequence

    def begin_at(self, sequence: int) -> None:
        """Give the next estimate a number, and the time that goes with it.

        So a stream goes on where a tracker for another rate has left it.
        """
        self._stream.begin_at(sequence)

    @property
    def waiting_steps(self) -> int:
        """Steps whose frames are complete and whose estimates are not yet made."""
        return self._stream.waiting_steps

    def estimates(self) -> list[Estimate]:
        """Run the model over every step that waits."""
        return [self._step() for _ in range(self.waiting_steps)]

    def skip_to_now(self, keep_steps: int = 1) -> int:
        """Give up steps that have waited too long, so that latency never grows.

        Returns:
            How many steps were given up; their sequence numbers are left out.
        """
        return self._stream.skip_to_now(keep_steps)

    @property
    def gain_db(self) -> float:
        """Decibels by which the sound counts as louder than it arrives.

        The model hears every level alike, so a gain moves the reported level, and what
        is music and what is silence; nothing else. Set it from where :meth:`estimates`
        is called.
        """
        return self._stream.gain_db

    @gain_db.setter
    def gain_db(self, gain_db: float) -> None:
        self._stream.gain_db = gain_db

    @property
    def broken_samples(self) -> int:
        """Samples so far that were no number and were heard as silence."""
        return self._stream.broken_samples

    def _step(self) -> Estimate:
        if not self._stream.take_step(self._normalised[0]):
            return self._stream.say()
        mean, std, self._state = self.model.step(self._normalised, self._state)
        return self._stream.say(mean[0].tolist(), std[0].tolist())
