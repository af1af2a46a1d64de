"""Requests of any thread, done by one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator

from realtime_mer.errors import UserError

MOST_WAITING = 256
"""Requests that may wait; more in half a second are no person's."""


class Requests:
    """What waits to be done, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()

    def put(self, do: Callable[[], None]) -> None:
        """Have something done.

        Raises:
            UserError: if too much waits already.
        """
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                raise UserError("Too much is asked for at once: send fewer messages.")
            self._waiting.append(do)

    def take(self) -> Iterator[Callable[[], None]]:
        """Return one after another until nothing waits; more may come meanwhile."""
        while True:
            with self._lock:
                if not self._waiting:
                    return
                do = self._waiting.popleft()
            yield do
