"""From the audio callback to the pipe, without ever holding the callback up."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import BinaryIO

from realtime_mer.sources.base import Block
from realtime_mer.sources.capture.messages import Kind, Message

BACKLOG_S = 30.0
"""Sound that may wait for a tracker that is held up; beyond it the oldest is given up."""


class Sender:
    """Writes messages from a thread of its own, in order.

    A pipe holds a fraction of a second, and a full one blocks whoever writes to it. So the
    callback copies its block into a queue, and only this thread may have to wait.

    Args:
        pipe: unbuffered, binary.

    Attributes:
        most_waiting_samples: how much may wait; set it before the first block.
        broken: set when nobody reads any more.
    """

    def __init__(self, pipe: BinaryIO) -> None:
        self.most_waiting_samples = 0
        self.broken = threading.Event()
        self._pipe = pipe
        self._waiting: deque[Message] = deque()
        self._news = threading.Event()
        self._heard = 0
        self._idle = threading.Event()
        self._thread = threading.Thread(target=self._write, name="sender", daemon=True)
        self._thread.start()

    def take(self, block: Block, drops: int) -> None:
        """Send a block: for an audio callback."""
        now_s = time.monotonic()
        self._waiting.append(Message(Kind.BLOCK, block.tobytes(), drops, self._heard, now_s))
        self._heard += len(block)
        if len(self._waiting) * len(block) > self.most_waiting_samples:
            self._waiting.popleft()  # the reader sees by the positions what is missing
        self._news.set()

    def say(self, kind: Kind, text: str = "") -> None:
        """Send a message without samples."""
        self._waiting.append(Message(kind, text.encode()))
        self._idle.clear()
        self._news.set()

    def flush(self, limit_s: float) -> None:
        """Wait until what was said is written."""
        self._idle.wait(limit_s)

    def _write(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            try:
                while self._waiting:
                    self._send(self._waiting.popleft().encode())
            except OSError:
                self.broken.set()
                self._idle.set()
                return
            self._idle.set()

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._pipe.write(view) :]
