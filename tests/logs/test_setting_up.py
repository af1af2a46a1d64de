"""Where events go, and which."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import threading
import warnings

import pytest

from realtime_mer import logs
from realtime_mer.logs.lines import JsonLine


def finish() -> None:
    """Have everything written that was said."""
    for handler in list(logging.getLogger().handlers):
        if getattr(handler, "realtime_mer", False):
            handler.close()


def test_the_level_is_that_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    """Libraries may warn, and no more: what they say below that may hold a token."""
    logs.set_up("debug", "text")
    logging.getLogger("realtime_mer.live").debug("ours")
    logging.getLogger("websockets.server").debug("GET /ws?token=sesame")
    logging.getLogger("websockets.server").warning("theirs")
    finish()
    assert [line[9:] for line in capsys.readouterr().err.splitlines()] == ["ours", "theirs"]


@pytest.mark.parametrize(("level", "said"), [("info", 3), ("warning", 2), ("error", 1)])
def test_a_level_leaves_out_what_is_below(
    capsys: pytest.CaptureFixture[str], level: str, said: int
) -> None:
    """Each level has its own and those above."""
    logs.set_up(level, "text")
    log = logging.getLogger("realtime_mer.sinks.recorder")
    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)(name)
    finish()
    assert len(capsys.readouterr().err.splitlines()) == said


def test_json_is_all_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Notices, warnings of Python and a mistake in a thread are objects, too."""
    logs.set_up("info", "json")
    logs.notice("There is no microphone.", logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    thread = threading.Thread(target=lambda: 1 / 0, name="estimates")
    thread.start()
    thread.join()
    sys.excepthook(KeyError, KeyError("x"), None)
    finish()
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [event["level"] for event in events] == ["warning", "warning", "critical", "critical"]
    assert events[0]["message"] == "There is no microphone."
    assert "DeprecationWarning: old" in events[1]["message"]
    assert "estimates" in events[2]["message"]
    assert events[2]["exception"] == "ZeroDivisionError: division by zero"
    assert events[3]["exception"] == "KeyError: 'x'"


def test_a_notice_in_text_is_the_sentence_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """At the start a newcomer reads sentences, not a log."""
    logs.set_up("info", "text")
    logs.notice("There is no microphone.")
    assert capsys.readouterr().err == "There is no microphone.\n"


def test_events_move_to_the_terminal_in_the_same_format(capsys: pytest.CaptureFixture[str]) -> None:
    """Once there is a picture, events are shown by it and nowhere else."""
    logs.set_up("info", "json")
    shown = io.StringIO()
    logs.show_on(logging.StreamHandler(shown))
    logging.getLogger("realtime_mer.live").warning("late")
    finish()
    assert json.loads(shown.getvalue())["message"] == "late"
    assert capsys.readouterr().err == ""
    handlers = [each for each in logging.getLogger().handlers if hasattr(each, "realtime_mer")]
    assert len(handlers) == 1
    assert isinstance(handlers[0].formatter, JsonLine)


def test_setting_up_twice_says_things_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The second time replaces the first."""
    logs.set_up("error", "text")
    logs.set_up("info", "text")
    logging.getLogger("realtime_mer.live").info("once")
    finish()
    assert capsys.readouterr().err.count("once") == 1


@pytest.mark.e2e
def test_the_journal_of_systemd_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """Where standard error is the journal, lines carry their priority instead of the time."""
    reading, writing = os.pipe()
    found = os.fstat(writing)
    monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
    with os.fdopen(writing, "w") as stream, os.fdopen(reading) as journal:
        monkeypatch.setattr(sys, "stderr", stream)
        logs.set_up("info", "text")
        logging.getLogger("realtime_mer.live").error("Lost.")
        finish()
        stream.flush()
        assert journal.readline() == "<3>Lost.\n"
