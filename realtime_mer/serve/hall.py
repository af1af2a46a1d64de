"""Where all streams meet: whoever is due goes through the model in one call.

Everything happens on one event loop. What arrives within a few milliseconds waits for one
another, so that a thousand streams whose steps end at a thousand moments cost a hundred calls
a half second at the most, and far fewer where they come together.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from realtime_mer.estimate import Estimate
from realtime_mer.serve.pcm import Float32
from realtime_mer.streams import ManyTracker

GATHER_S = 0.005
"""How long a step may wait for others to share a call of the model."""
QUEUE_S = 4.0
"""Sound of one stream that may wait for the model; a stream never has more than half of it."""
MOST_WAITING_STEPS = 2
LOOKED_BACK_S = 10.0

Take = Callable[[Sequence[Estimate]], None]


class Hall:
    """All streams of a server.

    Args:
        many: tracks them; made with a queue of :data:`QUEUE_S`.
    """

    def __init__(self, many: ManyTracker) -> None:
        self.many = many
        self.estimates = 0
        """How many were made."""
        self.calls = 0
        """How often the streams that were due went through the model."""
        self._takers: dict[int, Take] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due_since_s = 0.0
        self._ticked = asyncio.Event()
        self._waits: deque[tuple[float, float]] = deque()

    def __len__(self) -> int:
        return len(self._takers)

    def enter(self, rate_hz: int, take: Take) -> int:
        """Begin a stream.

        Args:
            rate_hz: its samples per second.
            take: is given its estimates as they are made; returns at once.

        Returns:
            Its number.

        Raises:
            UserError: where the rate cannot be used.
        """
        number = self.many.add(rate_hz)
        self._takers[number] = take
        return number

    def leave(self, number: int) -> None:
        """End a stream."""
        del self._takers[number]
        self.many.remove(number)

    async def listen(self, number: int, block: Float32) -> None:
        """Take samples of a stream, at most a second; waits while too many steps of it do."""
        waiting = self.many.listen(number, block)
        if waiting:
            self._call_soon()
        while waiting > MOST_WAITING_STEPS:
            await self._ticked.wait()
            waiting = self.many.stream(number).waiting_steps

    async def flush(self, number: int) -> None:
        """End the sound of a stream: what waits is said, and its length rounded to whole steps."""
        last = self.many.flush(number)
        self.estimates += len(last)
        self._takers[number](last)

    def forget(self, number: int) -> None:
        """Hear what follows in a stream as a new piece."""
        self.many.forget(number)

    def longest_wait_s(self, now_s: float) -> float:
        """Return how long a complete step has waited at most in the last ten seconds."""
        while self._waits and self._waits[0][0] < now_s - LOOKED_BACK_S:
            self._waits.popleft()
        waiting_s = now_s - self._due_since_s if self._timer else 0.0
        return max((wait_s for _, wait_s in self._waits), default=waiting_s)

    def close(self) -> None:
        """Make no further calls."""
        if self._timer is not None:
            self._timer.cancel()

    def _call_soon(self) -> None:
        if self._timer is None:
            self._due_since_s = time.monotonic()
            self._ticked.clear()
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        due = self.many.tick()
        self.calls += 1
        for number, estimates in due.items():
            self.estimates += len(estimates)
            self._takers[number](estimates)
        now_s = time.monotonic()
        self._remember(now_s, now_s - self._due_since_s)
        self._ticked.set()

    def _remember(self, now_s: float, wait_s: float) -> None:
        """Keep the waits that may be the longest of some ten seconds, a handful of them."""
        while self._waits and self._waits[-1][1] <= wait_s:
            self._waits.pop()
        self._waits.append((now_s, wait_s))
