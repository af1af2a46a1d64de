"""What other threads have the model's thread do between two steps."""

from __future__ import annotations

import threading
from collections.abc import Callable

DONE_WITHIN_S = 3.0


class Between:
    """Carries one request at a time to the thread that runs the model.

    Args:
        wake: wakes that thread.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._asking = threading.Lock()
        self._lock = threading.Lock()
        self._next: tuple[Callable[[], None], threading.Event] | None = None

    def ask(self, do: Callable[[], None]) -> bool:
        """Have something done; return whether it was. For any thread but the model's."""
        with self._asking:
            done = threading.Event()
            self._next = do, done
            self._wake()
            done.wait(DONE_WITHIN_S)
            with self._lock:  # either it is done, or it never will be
                self._next = None
                return done.is_set()

    def work(self) -> bool:
        """Do what was asked for; return whether anything was. For the model's thread."""
        with self._lock:
            if self._next is None:
                return False
            (do, done), self._next = self._next, None
            do()
            done.set()
            return True
