"""What is known of the stream: its recent past, its last words, and whether it is on time."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Mapping

from realtime_mer.estimate import Estimate, Status
from realtime_mer.reach import Reach
from realtime_mer.sinks.web import protocol
from realtime_mer.sinks.web.hello import HELLO_FIELDS, hello_message

HISTORY_ESTIMATES = 240
"""Estimates a new page is given at once: the last two minutes, about 50 kB of JSON."""
MOST_HISTORY = 8 * HISTORY_ESTIMATES
"""Of all streams of a run together: 16 of them have the last minute."""

LATE_INTERVALS = 4.0
"""How many intervals may pass without an estimate before it counts as overdue: the
sound card's first blocks and a busy machine each cost one or two."""

# States in which no estimate is due, whatever the clock says.
REASONS = {
    "waiting": "no sound has arrived yet",
    "lost": "the audio device is gone",
    "ended": "the file is over",
}


class Journal:
    """Remembers what clients must be told; the caller brings the clock.

    Args:
        fields: what ``hello`` says about the run, see :data:`HELLO_FIELDS`.
        started_s: the caller's monotonic clock now, in seconds.
        reach: how it goes with whom the run reaches.

    Raises:
        ValueError: if a field is missing or is not JSON.
    """

    def __init__(
        self, fields: Mapping[str, object], started_s: float, reach: Reach | None = None
    ) -> None:
        missing = [name for name in HELLO_FIELDS if name not in fields]
        if missing:
            raise ValueError(f"hello lacks {', '.join(missing)}")
        interval_s = fields["interval_s"]
        if not isinstance(interval_s, (int, float)) or interval_s <= 0:
            raise ValueError(f"interval_s must be above 0, not {interval_s!r}")
        self.fields = dict(fields)
        protocol.encode(self.fields)  # a mistake shows now, not at the first client
        self.stream = secrets.token_hex(8)
        self.interval_s = float(interval_s)
        self.started_s = started_s
        self.reach = reach or Reach()
        self.judge: Callable[[float], str] | None = None
        """Returns what is wrong in place of :meth:`trouble`, where no run is listened to."""
        self.estimates = 0
        self.last_estimate: Estimate | None = None
        self.last_status: Status | None = None
        self._arrived_s = started_s
        streams = fields.get("streams")
        self.streams = len(streams) if isinstance(streams, list) else 1
        """How many streams of estimates the run has."""
        kept = min(HISTORY_ESTIMATES * self.streams, MOST_HISTORY)
        self._history: deque[str] = deque(maxlen=kept)
        self.latest: dict[int, Estimate] = {}
        """The last estimate of each stream by its number, 0 where there is one alone."""
        self._status_text = ""

    def record_estimate(self, estimate: Estimate, now_s: float) -> str:
        """Remember an estimate and return its message.

        A sequence number that falls back begins a new stream: the past is dropped.

        Raises:
            ValueError: if a value is NaN or infinite; nothing is remembered then.
        """
        text = protocol.estimate_message(estimate)
        before = self.latest.get(estimate.stream)
        if before is not None and estimate.sequence <= before.sequence:
            self._history.clear()
            self.latest.clear()
            self.stream = secrets.token_hex(8)
        self.latest[estimate.stream] = estimate
        self._history.append(text)
        self.last_estimate = estimate
        self.estimates += 1
        self._arrived_s = now_s
        return text

    def record_status(self, status: Status) -> str:
        """Remember the state of the run and return its message.

        Raises:
            ValueError: if a value is NaN or infinite; nothing is remembered then.
        """
        self._status_text = protocol.status_message(status)
        self.last_status = status
        if status.device:  # it may be another than at the start
            self.fields["device"] = {
                "name": status.device, "rate_hz": status.rate_hz, "channels": status.channels,
            }  # fmt: skip
        return self._status_text

    def greeting(self, *, may_command: bool = False) -> list[str]:
        """Return what a new client is told: ``hello`` with the past, and the last status."""
        hello = hello_message(self.fields, self.stream, self._history, may_command=may_command)
        return [hello, self._status_text] if self._status_text else [hello]

    def trouble(self, now_s: float) -> str:
        """Return why no estimate comes on time, or an empty text while they do."""
        if self.judge is not None:
            return self.judge(now_s)
        state = self.last_status.state if self.last_status is not None else ""
        if state in REASONS:
            return REASONS[state]
        if self.last_estimate is None:
            return "no estimate yet"
        overdue_s = now_s - self._arrived_s
        if overdue_s > LATE_INTERVALS * self.interval_s:
            return f"the last estimate came {overdue_s:.1f} s ago"
        return ""
