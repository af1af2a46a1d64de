"""The tracker: samples in, estimates out. No sockets, no sound card, no threads, no clock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from realtime_mer.estimate import SILENT_LEVEL_DB, STEP_S, Estimate
from realtime_mer.frontend.level import HEARD_FRAMES, LevelNormaliser
from realtime_mer.frontend.logmel import LogMel
from realtime_mer.frontend.plan import frame_end
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.presence import Presence

Float32 = NDArray[np.float32]

STEP_FRAMES = FRONT_END.frames_per_step


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
        self._front_end = LogMel(rate_hz, channels)
        self._normaliser = LevelNormaliser(gate_db=gate_db)
        self._gate_db = gate_db
        self._gain_db = 0.0
        self._presence = Presence(hold=hold)
        self._feed_piece = 10 * rate_hz  # well under the queue of the front end
        self.reset()

    def reset(self) -> None:
        """Begin a new stream: level, state and time start over."""
        self._front_end.reset()
        self._first_sequence = 0
        self.forget()

    def forget(self) -> None:
        """Hear what follows as a new piece: level and state start over, time goes on.

        Unlike :meth:`reset` it may be called beside :meth:`listen`, from where
        :meth:`estimates` is called.
        """
        self._normaliser.reset()
        self._presence.reset()
        self._state = self.model.initial_state()
        self._mean = np.zeros(len(self.model.dimensions))
        self._std = np.asarray(self.model.metadata.prior_std)

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
        done = self._front_end.frames_taken // STEP_FRAMES
        begin = frame_end(done * STEP_FRAMES - 1, self.rate_hz)
        end = frame_end((done + 1) * STEP_FRAMES - 1, self.rate_hz)
        seen = self._front_end.samples_seen
        if seen == begin or (done and 2 * (seen - begin) < end - begin):
            return []
        width = 1 if self._front_end.channels is None else 1 + max(self._front_end.channels)
        return self.feed(np.zeros((end - seen, width), np.float32))

    def listen(self, block: Float32) -> int:
        """Take samples and compute their frames, nothing more: for an audio callback.

        Args:
            block: as for :meth:`feed`, at most the 60 s that the queue of frames holds.

        Returns:
            How many steps of 500 ms wait for :meth:`estimates`.
        """
        self._front_end.push(block)
        return self.waiting_steps

    @property
    def next_sequence(self) -> int:
        """Number of the next estimate."""
        return self._first_sequence + self._front_end.frames_taken // STEP_FRAMES

    def begin_at(self, sequence: int) -> None:
        """Give the next estimate a number, and the time that goes with it.

        So a stream goes on where a tracker for another rate has left it.
        """
        self._first_sequence += sequence - self.next_sequence

    @property
    def waiting_steps(self) -> int:
        """Steps whose frames are complete and whose estimates are not yet made."""
        return self._front_end.frames_waiting // STEP_FRAMES

    def estimates(self) -> list[Estimate]:
        """Run the model over every step that waits."""
        return [self._step() for _ in range(self.waiting_steps)]

    def skip_to_now(self, keep_steps: int = 1) -> int:
        """Give up steps that have waited too long, so that latency never grows.

        Returns:
            How many steps were given up; their sequence numbers are left out.
        """
        return self._front_end.skip_to_now(keep_steps * STEP_FRAMES) // STEP_FRAMES

    @property
    def gain_db(self) -> float:
        """Decibels by which the sound counts as louder than it arrives.

        The model hears every level alike, so a gain moves the reported level, and what
        is music and what is silence; nothing else. Set it from where :meth:`estimates`
        is called.
        """
        return self._gain_db

    @gain_db.setter
    def gain_db(self, gain_db: float) -> None:
        self._gain_db = gain_db
        self._normaliser.gate_db = self._gate_db - gain_db

    @property
    def broken_samples(self) -> int:
        """Samples so far that were no number and were heard as silence."""
        return self._front_end.broken_samples

    def _step(self) -> Estimate:
        sequence = self.next_sequence
        frames, level_db = self._front_end.take(STEP_FRAMES)
        normalised, above_gate = self._normaliser.apply(frames)
        heard = above_gate >= HEARD_FRAMES
        # In silence the state is held: a long pause neither wears it out nor shows the
        # model something it never saw in training.
        if heard:
            mean, std, self._state = self.model.step(normalised[np.newaxis], self._state)
            self._mean, self._std = mean[0].astype(np.float64), std[0].astype(np.float64)
        self._presence.step(heard)
        weight = self._presence.weight
        prior_std = np.asarray(self.model.metadata.prior_std)
        return Estimate(
            sequence=sequence,
            time_s=(sequence + 1) * STEP_S,
            dimensions=self.model.dimensions,
            mean=tuple(float(value) for value in weight * self._mean),
            std=tuple(float(value) for value in weight * self._std + (1 - weight) * prior_std),
            level_db=level_db if level_db <= SILENT_LEVEL_DB else self._amplified(level_db),
            active=self._presence.active,
            raw_mean=tuple(float(value) for value in self._mean),
            presence=weight,
        )

    def _amplified(self, level_db: float) -> float:
        return max(SILENT_LEVEL_DB, level_db + self._gain_db)
