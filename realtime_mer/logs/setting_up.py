"""Where log lines go, how they look, and which ones there are."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from types import TracebackType

from realtime_mer.logs.lines import JournalLine, JsonLine, TextLine
from realtime_mer.logs.writer import LineWriter

PACKAGE = "realtime_mer"
_log = logging.getLogger(PACKAGE)


def set_up(level: str, line_format: str) -> None:
    """Have events written to standard error from now on.

    The level is that of this program alone. Libraries may warn and no more: what they say
    below that is not for whoever runs a show, and may hold addresses with a token in them.

    Args:
        level: ``"debug"``, ``"info"``, ``"warning"`` or ``"error"``.
        line_format: ``"text"`` or ``"json"``.
    """
    writer = LineWriter()
    if line_format == "json":
        writer.setFormatter(JsonLine())
        # A line that is no JSON would stop whoever reads them.
        sys.excepthook = _log_failure
        threading.excepthook = _log_failure_of_thread
    else:
        writer.setFormatter(JournalLine() if _is_journal() else TextLine())
    root = logging.getLogger()
    _replace(root, writer)
    root.setLevel(max(logging.WARNING, _number(level)))
    _log.setLevel(_number(level))
    logging.captureWarnings(True)


def show_on(handler: logging.Handler) -> None:
    """Have events shown by another handler, such as the terminal's, in the same format."""
    root = logging.getLogger()
    formatter = next((each.formatter for each in root.handlers if _is_ours(each)), None)
    handler.setFormatter(formatter or TextLine())
    _replace(root, handler)


def notice(text: str, level: int = logging.INFO) -> None:
    """Say a sentence at the start or the end of a run: as it is, or as an event in JSON."""
    if any(isinstance(each.formatter, JsonLine) for each in logging.getLogger().handlers):
        _log.log(level, "%s", text.removeprefix("realtime-mer: "))
        return
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print(text, file=sys.stderr, flush=True)


def _replace(root: logging.Logger, handler: logging.Handler) -> None:
    for before in [each for each in root.handlers if _is_ours(each)]:
        root.removeHandler(before)
        before.close()
    handler.realtime_mer = True  # type: ignore[attr-defined]
    root.addHandler(handler)


def _is_ours(handler: logging.Handler) -> bool:
    return getattr(handler, "realtime_mer", False)


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _is_journal() -> bool:
    """Whether standard error is the journal of systemd; see systemd.exec(5), JOURNAL_STREAM."""
    named = os.environ.get("JOURNAL_STREAM", "")
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return named == f"{found.st_dev}:{found.st_ino}"


def _log_failure(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    _log.critical("The program ends: this is a mistake in it.", exc_info=(kind, error, trace))


def _log_failure_of_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and failed.exc_type is not SystemExit:
        name = failed.thread.name if failed.thread else "?"
        trace = (failed.exc_type, failed.exc_value, failed.exc_traceback)
        _log.critical("The thread %s ended: this is a mistake in it.", name, exc_info=trace)
