"""Log lines on standard error, which may hang or go away without harm to anybody."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections import deque
from typing import TextIO

LONGEST_QUEUE = 10_000
"""Lines that wait for a slow reader; the oldest are lost first, and counted."""
CLOSE_LIMIT_S = 1.0


class LineWriter(logging.Handler):
    """Hands lines to a thread that writes them.

    A pipe that nobody empties and a terminal stopped with Ctrl-S block whoever writes to
    them, for as long as they like. The threads that log here send estimates twice a second.

    Args:
        stream: where to; None is standard error as it is when a line is written.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self.lost = 0
        """Lines that nobody took in time."""
        self._stream = stream
        self._lines: deque[str] = deque(maxlen=LONGEST_QUEUE)
        self._news = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Have one event written; returns at once."""
        try:
            line = self.format(record)
        except Exception:  # as every handler of the standard library does
            self.handleError(record)
            return
        if len(self._lines) == LONGEST_QUEUE:
            self.lost += 1
        self._lines.append(line)
        self._news.set()

    def close(self) -> None:
        """Write what waits, for a second at the most."""
        self._closing = True
        self._news.set()
        if self._thread is not threading.current_thread():
            self._thread.join(CLOSE_LIMIT_S)
        super().close()

    def _work(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            closing = self._closing
            while self._lines:
                self._write(self._lines.popleft())
            if closing:
                return

    def _write(self, line: str) -> None:
        stream = self._stream or sys.stderr
        # Without standard error (a closed terminal, pythonw) there is nobody to tell.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            encoding = getattr(stream, "encoding", None) or "utf-8"
            stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
            stream.flush()
