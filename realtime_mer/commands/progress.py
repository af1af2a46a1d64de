"""How far a catalogue is: a line that moves on a terminal, a line a minute in a log."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_mer.catalogue.job import Failed, Known, Outcome
from realtime_mer.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from realtime_mer.catalogue.places import Found

LOG_INTERVAL_S = 60.0
RATE_SPAN_S = 60.0
"""The rate is that of about the last minute: disks and networks change their mind."""
DRAW_INTERVAL_S = 0.25


@dataclass(slots=True)
class Tally:
    """What has been done so far."""

    done: int = 0
    done_s: float = 0.0
    known: int = 0
    skipped: int = 0
    bytes: int = 0


class Census:
    """Counts what there is to do, in a thread, while the work has begun already.

    Args:
        found: what there is, walked once more for this alone.
    """

    def __init__(self, found: Iterable[Found]) -> None:
        self.files = 0
        self.bytes = 0
        self.complete = False
        self._found = found
        threading.Thread(target=self._count, name="census", daemon=True).start()

    def _count(self) -> None:
        try:
            for each in self._found:
                self.files += 1
                self.bytes += max(each.size_bytes, 0)
        except UserError:
            return  # whoever hands out the work says it
        self.complete = True


class Progress:
    """Shows files, rate and time left.

    Args:
        console: where to.
        census: what there is to do.
    """

    def __init__(self, console: Console, census: Census) -> None:
        self._console = console
        self._census = census
        self.tally = Tally()
        self._begun_s = time.monotonic()
        self._past = [(self._begun_s, 0, 0.0, 0)]
        self._shown_s = self._begun_s
        self._status = console.status("", spinner="dots") if console.is_terminal else None

    def __enter__(self) -> Progress:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def count(self, outcome: Outcome) -> None:
        """Note what came of a file."""
        tally = self.tally
        tally.bytes += max(outcome.size_bytes, 0)
        if isinstance(outcome, Failed):
            tally.skipped += 1
        elif isinstance(outcome, Known):
            tally.known += 1
        else:
            tally.done += 1
            tally.done_s += outcome.duration_s

    def tick(self) -> None:
        """Show the present, if it is time to."""
        now = time.monotonic()
        interval_s = DRAW_INTERVAL_S if self._status else LOG_INTERVAL_S
        if now - self._shown_s < interval_s:
            return
        self._shown_s = now
        line = self.line(now)
        if self._status:
            from rich.text import Text

            self._status.update(Text(line))
        else:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def line(self, now: float) -> str:
        """Return the present in a line; ``now`` by ``time.monotonic``."""
        tally, census = self.tally, self._census
        files = tally.done + tally.known + tally.skipped
        self._past.append((now, files, tally.done_s, tally.bytes))
        while len(self._past) > 2 and now - self._past[1][0] >= RATE_SPAN_S:
            self._past.pop(0)
        then, files_then, seconds_then, bytes_then = self._past[0]
        span_s = max(now - then, 1e-3)
        of = f"/{census.files}" if census.complete else ""
        parts = [
            f"{files}{of} files",
            f"{(files - files_then) / span_s:.1f} a second",
            f"{(tally.done_s - seconds_then) / span_s:.0f} × real time",
        ]
        if tally.skipped:
            parts.append(f"{tally.skipped} failed")
        moved = tally.bytes - bytes_then
        if census.complete and moved:
            left_s = max(census.bytes - tally.bytes, 0) * span_s / moved
            parts.append(f"{duration(left_s)} left")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return a length of time as people say it.

    >>> duration(42), duration(3_700), duration(400_000)
    ('42 s', '1 h 01 min', '4 d 15 h')
    """
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"
