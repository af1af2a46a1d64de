"""What one event looks like."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.logs.lines import JournalLine, JsonLine, TextLine


def record(message: str, level: int = logging.WARNING, **extra: object) -> logging.LogRecord:
    """An event of a quarter past four."""
    made = logging.makeLogRecord(
        {"name": "realtime_mer.live", "levelno": level, "levelname": logging.getLevelName(level)}
    )
    made.msg = message
    made.created = datetime(2026, 11, 20, 16, 15, 1, 250_000).timestamp()
    vars(made).update(extra)
    return made


def failed() -> logging.LogRecord:
    """An event with an exception that was really raised."""
    made = record("The page failed.")
    try:
        raise ValueError("one\ntwo")
    except ValueError:
        made.exc_info = sys.exc_info()
    return made


def test_text_has_the_time_and_the_sentence() -> None:
    """A person sees when it was and what."""
    assert TextLine().format(record("The disk is full.")) == "16:15:01 The disk is full."


def test_the_journal_is_given_the_priority() -> None:
    """systemd reads the number; the time it has itself."""
    said = [JournalLine().format(record("Gone.", getattr(logging, level))) for level in
            ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")]  # fmt: skip
    assert said == ["<2>Gone.", "<3>Gone.", "<4>Gone.", "<6>Gone.", "<7>Gone."]


def test_json_has_fields() -> None:
    """A machine finds time in UTC, level, origin, sentence and what was given beside it."""
    event = json.loads(JsonLine().format(record("Lost.", device="Scarlett", skipped_steps=3)))
    at = datetime.fromisoformat(event.pop("time"))
    assert at.utcoffset() is not None
    assert at.timestamp() == record("").created
    assert event == {
        "level": "warning",
        "logger": "realtime_mer.live",
        "message": "Lost.",
        "device": "Scarlett",
        "skipped_steps": 3,
    }


def test_a_field_never_hides_the_event() -> None:
    """What is called like a field of the event itself gives way."""
    made = record("Lost.")
    vars(made).update(level="loud", time=7)
    event = json.loads(JsonLine().format(made))
    assert (event["level"], event["message"]) == ("warning", "Lost.")


def test_an_exception_stays_in_its_line() -> None:
    """Text names class, words and place; JSON has the whole traceback in one string."""
    line = TextLine().format(failed())
    assert line.startswith("16:15:01 The page failed. (ValueError: one two, test_lines.py:")
    event = json.loads(JsonLine().format(failed()))
    assert event["exception"] == "ValueError: one two"
    assert event["traceback"].startswith("Traceback (most recent call last)")


@given(text=st.text(max_size=80), field=st.one_of(st.text(), st.floats(), st.binary(), st.none()))
def test_every_event_is_one_line(text: str, field: object) -> None:
    """Whatever a name or an address holds, a line stays a line, and JSON stays JSON."""
    made = record("%s", what=field)
    made.args = (text,)
    for formatter in (TextLine(), JournalLine(), JsonLine()):
        assert len(formatter.format(made).splitlines()) <= 1
    assert json.loads(JsonLine().format(made))["message"] == text
