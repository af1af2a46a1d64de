"""Keeping drivers, which print to the terminal on their own, off the person's screen."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_standard_error = threading.Lock()


@contextmanager
def quiet_drivers() -> Iterator[None]:
    """Keep what ALSA, JACK and PortAudio print to file descriptor 2 from the person's screen."""
    with _standard_error:
        try:
            sys.stderr.flush()
            kept = os.dup(2)
        except (OSError, AttributeError, ValueError):  # no standard error, as under pythonw
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
