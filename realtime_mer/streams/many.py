"""Many trackers in one: each stream has its own front end, one call of the model serves all.

No sockets, no sound card, no threads, no clock: whoever has those calls :meth:`listen`
where samples arrive and :meth:`tick` as often as estimates are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from realtime_mer.estimate import Estimate
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.stream import STEP_FRAMES, Stream
from realtime_mer.streams.memory import Memory

Float32 = NDArray[np.float32]


class ManyTracker:
    """Streams that come and go, of any rates, tracked together.

    >>> import numpy as np
    >>> many = ManyTracker()
    >>> desk = [many.add(48_000, channels=[column]) for column in range(2)]
    >>> block = np.zeros((24_000, 2), np.float32)
    >>> [many.listen(stream, block) for stream in desk]
    [1, 1]
    >>> {stream: len(estimates) for stream, estimates in many.tick().items()}
    {0: 1, 1: 1}

    A stream gets the estimates that a :class:`~realtime_mer.tracker.Tracker` of its own
    would give, to 1e-5: only the order of sums in the model's matrix products depends on
    how many streams share a call.

    :meth:`listen` may be called beside everything else, from one thread for each stream;
    all other methods belong to one thread.

    Args:
        model: the network; None loads the one that comes with the package.
        gate_db: A-weighted loudness in dBFS below which nothing is music.
        hold: in silence, keep the last values instead of gliding to neutral.
        queue_s: seconds of a stream that may wait for :meth:`tick`; older frames are lost.
            A second of it takes 13 kB a stream.
    """

    def __init__(
        self,
        model: EmotionModel | None = None,
        *,
        gate_db: float = FRONT_END.gate_db,
        hold: bool = False,
        queue_s: float = 10.0,
    ) -> None:
        self.model = model or load_model()
        self._gate_db = gate_db
        self._hold = hold
        self._queue_s = queue_s
        self._streams: dict[int, Stream] = {}
        self._free: list[int] = []
        self._memory = Memory(self.model)
        self._frames: Float32 = np.zeros((0, STEP_FRAMES, FRONT_END.bands), np.float32)

    def __len__(self) -> int:
        """How many streams there are now."""
        return len(self._streams)

    def add(self, rate_hz: int, channels: Sequence[int] | None = None) -> int:
        """Begin a stream.

        Args:
            rate_hz: its samples per second, 8,000 to 768,000.
            channels: columns of its blocks to mix, from 0; None mixes all of them.

        Returns:
            Its number, the smallest that is not taken.

        Raises:
            UserError: where the rate cannot be used.
        """
        made = Stream(
            rate_hz, self.model.metadata, channels=channels,
            gate_db=self._gate_db, hold=self._hold, queue_s=self._queue_s,
        )  # fmt: skip
        number = min(self._free) if self._free else len(self._streams)
        if self._free:
            self._free.remove(number)
        self._memory.forget(number)
        self._streams[number] = made
        return number

    def remove(self, stream: int) -> None:
        """End a stream; its number may be given to another."""
        del self._streams[stream]
        self._free.append(stream)

    def stream(self, stream: int) -> Stream:
        """Return a stream, for its gain, its numbering and its counts."""
        return self._streams[stream]

    def go_on(self, stream: int, rate_hz: int) -> Stream:
        """Let a stream go on at another rate, with all that it remembers; return it.

        Its numbers begin at 0 again.

        Raises:
            UserError: where the rate cannot be used.
        """
        made = self._streams[stream] = self._streams[stream].at_rate(rate_hz)
        return made

    def listen(self, stream: int, block: Float32) -> int:
        """Take samples of a stream and compute their frames.

        Args:
            stream: its number.
            block: float32 ``[samples]`` or ``[samples, channels]``, full scale at ±1, at
                most ``queue_s`` of it.

        Returns:
            How many of its steps wait for :meth:`tick`.
        """
        return self._streams[stream].listen(block)

    def tick(self) -> dict[int, list[Estimate]]:
        """Make every estimate that is due, with one call of the model for all streams.

        Where several steps of a stream wait, they take one call after the other.

        Returns:
            For each stream of which a step waited, its estimates in order.
        """
        waiting = {
            number: stream.waiting_steps
            for number, stream in self._streams.items()
            if stream.waiting_steps
        }
        due: dict[int, list[Estimate]] = {number: [] for number in waiting}
        for done in range(max(waiting.values(), default=0)):
            self._step([number for number, steps in waiting.items() if steps > done], due)
        return due

    def flush(self, stream: int) -> list[Estimate]:
        """End a stream: give what waits, and round its length to whole steps.

        A last step of which at least half was heard, or which is the only one, is
        completed with silence; a shorter remainder is left out.
        """
        ending, due = self._streams[stream], {stream: list[Estimate]()}
        while ending.waiting_steps:
            self._step([stream], due)
        if ending.listen(ending.silence_to_end()):
            self._step([stream], due)
        return due[stream]

    def forget(self, stream: int) -> None:
        """Hear what follows in a stream as a new piece: its time goes on."""
        self._streams[stream].forget()
        self._memory.forget(stream)

    def reset(self, stream: int) -> None:
        """Begin a stream anew: level, state and time start over."""
        self._streams[stream].reset()
        self._memory.forget(stream)

    def _step(self, numbers: list[int], due: dict[int, list[Estimate]]) -> None:
        """Make one estimate for each of these streams."""
        if len(numbers) > len(self._frames):
            self._frames = np.zeros((len(numbers), *self._frames.shape[1:]), np.float32)
        heard: list[int] = []
        for number in numbers:
            stream = self._streams[number]
            if stream.take_step(self._frames[len(heard)]):
                heard.append(number)
            else:
                due[number].append(stream.say())
        if heard:
            mean, std = self._memory.step(self._frames[: len(heard)], heard)
            for number, means, stds in zip(heard, mean.tolist(), std.tolist(), strict=True):
                due[number].append(self._streams[number].say(means, stds))
