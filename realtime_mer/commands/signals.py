"""How a run is told to end."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")


def stop_on_signals() -> threading.Event:
    """Return an event that Ctrl-C, a polite kill and a closed terminal set from now on.

    Whoever asks a second time, as one does where a driver hangs, is obeyed at once: nothing
    is waited for, and what is written by then is all that is kept.

    A terminal that closes ends the run, unless that was asked not to happen (``nohup``).
    """
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for name in NAMES:  # those that the system has
        number = getattr(signal, name, None)
        if number is None or (name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN):
            continue
        signal.signal(number, ask_to_stop)
    return stop
