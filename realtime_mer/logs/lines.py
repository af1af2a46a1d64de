"""One event as one line, for a person, for the journal of systemd, or for a machine."""

from __future__ import annotations

import json
import logging
import math
from datetime import UTC, datetime
from pathlib import Path

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
"""What every record has; anything else was given as ``extra`` and is a field of the event."""

_SYSLOG = {
    logging.CRITICAL: 2,
    logging.ERROR: 3,
    logging.WARNING: 4,
    logging.INFO: 6,
    logging.DEBUG: 7,
}


class TextLine(logging.Formatter):
    """``16:20:01 set.jsonl is written again.``

    What went wrong inside the program stands at the end with its place in the source; the
    whole traceback is in JSON.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        time = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        return f"{time} {sentence(record)}"


class JournalLine(logging.Formatter):
    """``<4>set.jsonl cannot be written …``: systemd takes the number for the priority.

    The journal has the time itself.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return f"<{_SYSLOG.get(record.levelno, 6)}>{sentence(record)}"


class JsonLine(logging.Formatter):
    """An object with ``time`` (RFC 3339, UTC), ``level``, ``logger``, ``message``.

    Fields given as ``extra`` follow under their own names; where an exception was logged,
    ``exception`` has its class and text and ``traceback`` the rest.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        created = datetime.fromtimestamp(record.created, UTC)
        event: dict[str, object] = {
            "time": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name, value in vars(record).items():
            if name not in _STANDARD and name not in event:
                finite = not isinstance(value, float) or math.isfinite(value)
                event[name] = value if finite else str(value)
        if record.exc_info and record.exc_info[1] is not None:
            event["exception"] = _in_words(record.exc_info[1])
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps(event, default=str, allow_nan=False)


def sentence(record: logging.LogRecord) -> str:
    """Return what a record says, in one line."""
    said = " ".join(record.getMessage().split())
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return said
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        place = f", {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return f"{said} ({_in_words(error)}{place})"


def _in_words(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
