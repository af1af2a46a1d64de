"""Who is told each new state."""

from __future__ import annotations

import threading
from collections.abc import Callable

from realtime_mer.control.state import State

Listener = Callable[[State], None]


class Subscribers:
    """Those who are told; any thread may come and go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()

    def add(self, listener: Listener) -> Callable[[], None]:
        """Tell a listener from now on; return how to stop that."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def stop() -> None:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

        return stop

    def tell(self, state: State) -> None:
        """Tell all of them."""
        for listener in self._listeners:
            listener(state)
