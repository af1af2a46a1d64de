"""From the audio callback to the pipe, without ever holding the callback up."""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections import deque

from realtime_mer.sources.base import Block
from realtime_mer.sources.capture.messages import Kind, Message

BACKLOG_S = 30.0
"""Sound that may wait for a tracker that is held up; beyond it the oldest is given up."""
PIPE_BYTES = 1 << 20
"""Asked of Linux, which gives 64 kB otherwise: a sixth of a second of stereo."""
DIRECT = sys.platform != "win32"
"""Whether a pipe can be told not to block."""


class Sender:
    """Writes messages to a pipe, in order.

    A pipe that is full blocks whoever writes to it. So the callback writes only as long as
    that takes no time, which spares it a second thread that would want Python's lock at the
    same moment. What does not fit waits in a queue, for a thread that may wait with it.

    Args:
        pipe: number of the file.

    Attributes:
        most_waiting_samples: how much may wait; set it before the first block.
        broken: set when nobody reads any more.
    """

    def __init__(self, pipe: int) -> None:
        self.most_waiting_samples = 0
        self.broken = threading.Event()
        self._pipe = pipe
        self._heard = 0
        self._waiting: deque[Message] = deque()
        self._rest = b""  # of a message that was written in part
        self._writing = threading.Lock()
        self._news = threading.Event()
        self._idle = threading.Event()
        if DIRECT:
            os.set_blocking(pipe, False)
        _widen(pipe)
        self._thread = threading.Thread(target=self._work, name="sender", daemon=True)
        self._thread.start()

    def take(self, block: Block, drops: int) -> None:
        """Send a block: for an audio callback."""
        message = Message(Kind.BLOCK, block.tobytes(), drops, self._heard, time.monotonic())
        self._heard += len(block)
        if not (DIRECT and self._write_at_once(message)):
            self._waiting.append(message)
            if len(self._waiting) * len(block) > self.most_waiting_samples:
                self._waiting.popleft()  # the reader sees by the positions what is missing
            self._news.set()

    def say(self, kind: Kind, text: str = "") -> None:
        """Send a message without samples."""
        self._idle.clear()
        self._waiting.append(Message(kind, text.encode()))
        self._news.set()

    def flush(self, limit_s: float) -> None:
        """Wait until what was said is written."""
        self._idle.wait(limit_s)

    def _write_at_once(self, message: Message) -> bool:
        """Write as much as there is room for; False where others are before this one."""
        if not self._writing.acquire(blocking=False):
            return False
        try:
            if self._rest or self._waiting:
                return False
            self._rest = message.encode()
            self._write()
        except OSError:
            self.broken.set()
        finally:
            self._writing.release()
        if self._rest:
            self._news.set()
        return True

    def _write(self) -> None:
        """Write what is left of a message, as far as there is room."""
        try:
            self._rest = self._rest[os.write(self._pipe, self._rest) :]
        except BlockingIOError:
            return

    def _work(self) -> None:
        while not self.broken.is_set():
            self._news.wait()
            self._news.clear()
            try:
                with self._writing:
                    self._write_what_waits()
            except OSError:
                self.broken.set()
            if not self._waiting:
                self._idle.set()

    def _write_what_waits(self) -> None:
        while self._rest or self._waiting:
            if not self._rest:
                self._rest = self._waiting.popleft().encode()
            if DIRECT:
                select.select([], [self._pipe], [])
            self._write()


def _widen(pipe: int) -> None:
    if sys.platform == "linux":
        import fcntl

        try:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        except OSError:  # beyond what this person may have
            return
