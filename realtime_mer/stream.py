"""One stream of music up to the model, and from the model's word to the estimate.

What a :class:`~realtime_mer.tracker.Tracker` is for one stream and a
:class:`~realtime_mer.streams.ManyTracker` for thousands, but for the model and its state:
these stay outside, so that one call of the model can serve many streams.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from realtime_mer.estimate import SILENT_LEVEL_DB, STEP_S, Estimate
from realtime_mer.frontend.level import HEARD_FRAMES, LevelNormaliser
from realtime_mer.frontend.logmel import LogMel
from realtime_mer.frontend.plan import frame_end
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model.metadata import ModelMetadata
from realtime_mer.presence import Presence

Float32 = NDArray[np.float32]

STEP_FRAMES = FRONT_END.frames_per_step


class Stream:
    """Front end, level, presence and time of one stream.

    A step goes ``take_step`` → the model → ``say``; in between nothing else may happen to
    the stream but :meth:`listen`.

    Args:
        rate_hz: samples per second, 8,000 to 768,000.
        metadata: of the model.
        channels: columns of the blocks to mix, from 0; None mixes all of them.
        gate_db: A-weighted loudness in dBFS below which nothing is music.
        hold: in silence, keep the last values instead of gliding to neutral.
        queue_s: seconds of frames that may wait for the model.

    Raises:
        UserError: where the rate cannot be used.
    """

    def __init__(
        self,
        rate_hz: int,
        metadata: ModelMetadata,
        *,
        channels: Sequence[int] | None = None,
        gate_db: float = FRONT_END.gate_db,
        hold: bool = False,
        queue_s: float = 60.0,
    ) -> None:
        self.rate_hz = rate_hz
        self.dimensions = metadata.dimensions
        self._prior_std = metadata.prior_std
        self._channels = channels
        self._queue_s = queue_s
        self._front_end = LogMel(rate_hz, channels, queue_s=queue_s)
        self._normaliser = LevelNormaliser(gate_db=gate_db)
        self._gate_db = gate_db
        self._gain_db = 0.0
        self._presence = Presence(hold=hold)
        # Of the step that was taken and not yet spoken of.
        self._sequence = 0
        self._level_db = SILENT_LEVEL_DB
        self._heard = False
        self._lost = False
        self.reset()

    def reset(self) -> None:
        """Begin a new stream: level and time start over."""
        self._front_end.reset()
        self._first_sequence = 0
        self.forget()

    def forget(self) -> None:
        """Hear what follows as a new piece: the level starts over, time goes on."""
        self._normaliser.reset()
        self._presence.reset()
        self._mean = (0.0,) * len(self.dimensions)
        self._std = self._prior_std

    def lose(self) -> None:
        """Take it that the sound is gone: nothing is music until :meth:`recover`."""
        self._lost = True
        self._presence.end()

    def recover(self) -> None:
        """Take it that the sound is back."""
        self._lost = False

    def at_rate(self, rate_hz: int) -> Stream:
        """Return a stream at another rate that goes on with all that this one remembers.

        This one is done with then.

        Raises:
            UserError: where the rate cannot be used.
        """
        other = copy(self)
        other.rate_hz = rate_hz
        other._front_end = LogMel(rate_hz, self._channels, queue_s=self._queue_s)
        other._first_sequence = 0
        return other

    def listen(self, block: Float32) -> int:
        """Take samples and compute their frames, nothing more: for an audio callback.

        Args:
            block: float32 ``[samples]`` or ``[samples, channels]``, full scale at ±1, at
                most what the queue of frames holds.

        Returns:
            How many steps of 500 ms wait.
        """
        self._front_end.push(block)
        return self.waiting_steps

    @property
    def waiting_steps(self) -> int:
        """Steps whose frames are complete and whose estimates are not yet made."""
        return self._front_end.frames_waiting // STEP_FRAMES

    @property
    def next_sequence(self) -> int:
        """Number of the next estimate."""
        return self._first_sequence + self._front_end.frames_taken // STEP_FRAMES

    def begin_at(self, sequence: int) -> None:
        """Give the next estimate a number, and the time that goes with it."""
        self._first_sequence += sequence - self.next_sequence

    def silence_to_end(self) -> Float32:
        """Return the silence that rounds the stream to whole steps, float32 ``[samples, width]``.

        A last step of which at least half was heard, or which is the only one, is to be
        completed; for a shorter remainder the silence is empty.
        """
        done = self._front_end.frames_taken // STEP_FRAMES
        begin = frame_end(done * STEP_FRAMES - 1, self.rate_hz)
        end = frame_end((done + 1) * STEP_FRAMES - 1, self.rate_hz)
        seen = self._front_end.samples_seen
        width = 1 if self._front_end.channels is None else 1 + max(self._front_end.channels)
        left_out = seen == begin or (done and 2 * (seen - begin) < end - begin)
        return np.zeros((0 if left_out else end - seen, width), np.float32)

    def skip_to_now(self, keep_steps: int = 1) -> int:
        """Give up steps that have waited too long; return how many.

        Their sequence numbers are left out.
        """
        return self._front_end.skip_to_now(keep_steps * STEP_FRAMES) // STEP_FRAMES

    @property
    def gain_db(self) -> float:
        """Decibels by which the sound counts as louder than it arrives."""
        return self._gain_db

    @gain_db.setter
    def gain_db(self, gain_db: float) -> None:
        self._gain_db = gain_db
        self._normaliser.gate_db = self._gate_db - gain_db

    @property
    def broken_samples(self) -> int:
        """Samples so far that were no number and were heard as silence."""
        return self._front_end.broken_samples

    def take_step(self, normalised: Float32) -> bool:
        """Take the next step that waits.

        Args:
            normalised: float32 ``[25, 64]``, receives its frames relative to the level.

        Returns:
            Whether it is music. In silence the model is not to hear it and its state is
            held: a long pause neither wears it out nor shows the model something it never
            saw in training.
        """
        self._sequence = self.next_sequence
        frames, self._level_db = self._front_end.take(STEP_FRAMES)
        above_gate = self._normaliser.apply(frames, normalised)[1]
        self._heard = above_gate >= HEARD_FRAMES and not self._lost
        return self._heard

    def say(self, mean: Sequence[float] | None = None, std: Sequence[float] = ()) -> Estimate:
        """Make the estimate of the step that was taken.

        Args:
            mean: what the model said of it, one number a dimension; None where it was no
                music, so that its last word stands.
            std: the spread that goes with it.
        """
        if mean is not None:
            self._mean, self._std = tuple(mean), tuple(std)
        self._presence.step(self._heard)
        weight = self._presence.weight
        level_db = self._level_db
        if level_db > SILENT_LEVEL_DB:
            level_db = max(SILENT_LEVEL_DB, level_db + self._gain_db)
        return Estimate(
            sequence=self._sequence,
            time_s=(self._sequence + 1) * STEP_S,
            dimensions=self.dimensions,
            mean=tuple([weight * value for value in self._mean]),
            std=tuple(
                [
                    weight * value + (1.0 - weight) * prior
                    for value, prior in zip(self._std, self._prior_std, strict=True)
                ]
            ),
            level_db=level_db,
            active=self._presence.active,
            raw_mean=self._mean,
            presence=weight,
        )
