"""Log lines that are written behind everybody's back."""

from __future__ import annotations

import io
import logging
import os
import threading
from typing import TextIO

import pytest

from realtime_mer.logs import writer as module
from realtime_mer.logs.writer import LineWriter


def event(text: str) -> logging.LogRecord:
    """An event with this sentence."""
    return logging.makeLogRecord({"msg": text})


class Stuck(io.StringIO):
    """A terminal that was stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.going_on = threading.Event()

    def write(self, text: str) -> int:
        """Take a line, once somebody lets it go on."""
        self.going_on.wait(30)
        return super().write(text)


def test_lines_come_in_order_and_all_before_the_end() -> None:
    """What waits at the end is written."""
    stream = io.StringIO()
    writer = LineWriter(stream)
    for number in range(1000):
        writer.handle(event(f"line {number}"))
    writer.close()
    assert stream.getvalue().splitlines() == [f"line {number}" for number in range(1000)]


def test_a_stopped_terminal_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever logs returns at once, memory is bounded, and what was lost is counted."""
    monkeypatch.setattr(module, "CLOSE_LIMIT_S", 0.05)
    stream = Stuck()
    writer = LineWriter(stream)
    for number in range(module.LONGEST_QUEUE + 100):
        writer.handle(event(f"line {number}"))
    assert 99 <= writer.lost <= 100
    writer.close()
    assert stream.getvalue() == ""
    stream.going_on.set()
    writer._thread.join(10)
    assert not writer._thread.is_alive()


def test_a_closed_pipe_is_nobodys_failure() -> None:
    """After the reader has gone, lines are written to nobody."""
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    os.close(reading)
    writer = LineWriter(stream)
    writer.handle(event("anybody?"))
    writer.close()
    assert not writer._thread.is_alive()


def test_without_standard_error_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under pythonw there is none."""
    monkeypatch.setattr("sys.stderr", None)
    writer = LineWriter()
    writer.handle(event("anybody?"))
    writer.close()


def test_letters_that_a_terminal_lacks_are_replaced() -> None:
    """An old terminal shows question marks."""
    raw = io.BytesIO()
    stream: TextIO = io.TextIOWrapper(raw, "ascii")
    writer = LineWriter(stream)
    writer.handle(event("“Größe”"))
    writer.close()
    assert raw.getvalue() == b"?Gr??e?\n"
