"""How a run is told to end."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def stop_on_signals() -> threading.Event:
    """Return an event that Ctrl-C, a polite kill and a closed terminal set from now on."""
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"):  # those that the system has
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), ask_to_stop)
    return stop
