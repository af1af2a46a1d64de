"""The run shown in the terminal: a living picture, or plain lines where there is none."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from realtime_mer.estimate import Estimate, Status

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

    from realtime_mer.sinks.terminal_view import View

FRAME_S = 0.125
"""Seconds between two pictures while bars move."""
REST_S = 1.0
"""Seconds between two pictures while nothing moves but the clock."""
GLIDE = 0.4
"""Share of the way to its new place that a bar goes in one picture."""
NEAR = 0.005
"""Distance at which a bar has arrived; under half a column of the widest."""
LONGEST_QUEUE = 10_000
"""Lines that wait for a slow reader, more than an hour's worth; the oldest are lost first."""
CLOSE_LIMIT_S = 1.0


class TerminalSink:
    """Shows the latest estimate and status.

    All writing happens in a thread, since a terminal can stop taking text (Ctrl-S, a paused
    pager) for as long as it likes. On a terminal the picture is drawn in place; otherwise
    each estimate is a line. A reader that goes away ends the writing and nothing else.

    Args:
        console: where to write.
        dimensions: names of the model's dimensions.
        url: of the dashboard, or None where it is not served.
        streams: number and name of each, where a run has several.
    """

    def __init__(
        self,
        console: Console,
        *,
        dimensions: Sequence[str],
        url: str | None = None,
        streams: Sequence[tuple[int, str]] = (),
    ) -> None:
        self._console = console
        self._dimensions = tuple(dimensions)
        self._url = url
        self._started = time.monotonic()
        self._streams = tuple(streams)
        self._estimate: Estimate | None = None
        self._estimates: dict[int, Estimate] = {}
        self._status: Status | None = None
        self._lines: deque[str] = deque(maxlen=LONGEST_QUEUE)
        self._notes: deque[str] = deque(maxlen=LONGEST_QUEUE)
        self._said = ("", "")
        self._news = threading.Event()
        self._closing = False
        self._gone = False
        self._live = console.is_terminal
        self._thread = threading.Thread(target=self._work, name="terminal", daemon=True)
        self._thread.start()

    def publish(self, estimate: Estimate) -> None:
        """Show one estimate."""
        if not self._live:
            from realtime_mer.sinks.terminal_view import plain_line

            self._lines.append(plain_line(estimate))
        self._estimate = estimate
        if self._streams:
            self._estimates[estimate.stream] = estimate
        self._news.set()

    def report(self, status: Status) -> None:
        """Show the state of the run; a plain line only when it changes."""
        said = (status.state, status.message)
        if not self._live and said != self._said and (status.message or self._said[0]):
            self._lines.append("  ".join((f"{status.time_s:.1f} s", *filter(None, said))))
        self._said = said
        self._status = status
        self._news.set()

    def log_handler(self) -> logging.Handler:
        """Return a handler that shows log messages without ever waiting for the terminal.

        They appear above the picture, or on standard error where there is none.
        """
        return _NoteHandler(self._note)

    def close(self) -> None:
        """Show the last of it, within a second, and leave the terminal as it was."""
        self._closing = True
        self._news.set()
        self._thread.join(CLOSE_LIMIT_S)
        self._gone = True
        self._flush_notes()

    def _note(self, text: str) -> None:
        self._notes.append(text)
        self._news.set()
        if self._gone:
            self._flush_notes()

    def _flush_notes(self) -> None:
        with contextlib.suppress(IndexError):  # another thread may have taken the last one
            while True:
                _to_standard_error(self._notes.popleft())

    def _work(self) -> None:
        try:
            if self._live:
                self._draw()
            else:
                self._write_lines()
        except (OSError, ValueError):
            # The terminal or the pipe's reader is gone; the show goes on without it.
            self._gone = True
            _silence(self._console)
        self._flush_notes()

    def _write_lines(self) -> None:
        file = self._console.file
        encoding = self._console.encoding
        while True:
            self._news.wait()
            self._news.clear()
            closing = self._closing
            while self._lines:
                file.write(_encodable(self._lines.popleft(), encoding) + "\n")
                file.flush()
            self._flush_notes()
            if closing:
                return

    def _draw(self) -> None:
        from rich.live import Live
        from rich.text import Text

        live = Live(Text(), console=self._console, auto_refresh=False, vertical_overflow="crop")
        means = (0.0,) * len(self._dimensions)
        level_db = 0.0
        size = self._console.size
        with live:
            while True:
                closing = self._closing
                self._news.clear()
                while self._notes:
                    self._console.print(Text(self._notes.popleft(), style="yellow"))
                still = closing or bool(self._streams)
                moving, means, level_db = self._glide(means, level_db, at_once=still)
                if size != self._console.size:
                    # A terminal made narrower has wrapped the old lines: begin anew.
                    self._console.clear()
                    size = self._console.size
                self._show(live, means, level_db)
                if closing:
                    return
                if moving:
                    time.sleep(FRAME_S)
                else:
                    self._news.wait(REST_S)

    def _glide(
        self, means: tuple[float, ...], level_db: float, *, at_once: bool
    ) -> tuple[bool, tuple[float, ...], float]:
        """Move what is shown towards what is known; True while there is way to go."""
        from realtime_mer.sinks.terminal_bars import METER_FLOOR_DB
        from realtime_mer.sinks.terminal_view import level_or_silence

        estimate = self._estimate
        goals = estimate.mean if estimate else means
        # The meter in units of its length, so that one measure of nearness serves both.
        level_goal = max(level_or_silence(estimate) / METER_FLOOR_DB, 0.0)
        now = (*means, level_db / METER_FLOOR_DB)
        ways = [goal - here for goal, here in zip((*goals, min(level_goal, 1.0)), now, strict=True)]
        moving = not at_once and any(abs(way) > NEAR for way in ways)
        share = GLIDE if moving else 1.0
        *means_now, level_now = (here + share * way for here, way in zip(now, ways, strict=True))
        return moving, tuple(means_now), level_now * METER_FLOOR_DB

    def _show(self, live: Live, means: tuple[float, ...], level_db: float) -> None:
        from realtime_mer.sinks.terminal_view import View, picture

        view: View = View(
            dimensions=self._dimensions,
            means=means,
            level_db=level_db,
            estimate=self._estimate,
            status=self._status,
            uptime_s=time.monotonic() - self._started,
            url=self._url,
        )
        width, height = self._console.size
        ascii_only = self._console.options.ascii_only
        if self._streams:
            from realtime_mer.sinks.terminal_streams import picture_of_streams

            # A copy: the model's thread may add a stream while this one draws.
            latest = dict(self._estimates)
            text = picture_of_streams(
                view, self._streams, latest, width, height, ascii_only=ascii_only
            )
        else:
            text = picture(view, width, height, ascii_only=ascii_only)
        live.update(text, refresh=True)


class _NoteHandler(logging.Handler):
    """Passes the text of log messages on."""

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__()
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on one message."""
        try:
            self._note(self.format(record))
        except Exception:  # as every handler of the standard library does
            self.handleError(record)


def _silence(console: Console) -> None:
    """Keep Python's own flush at exit from failing on a pipe nobody reads."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, console.file.fileno())
        os.close(nowhere)


def _to_standard_error(text: str) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print(text, file=sys.stderr, flush=True)


def _encodable(line: str, encoding: str) -> str:
    return line.encode(encoding, "replace").decode(encoding)
