"""What the web server remembers of the stream."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from support.estimates import make_estimate, make_status

from realtime_mer.sinks.web.hello import hello_fields
from realtime_mer.sinks.web.journal import HISTORY_ESTIMATES, MOST_HISTORY, Journal

SAID: dict[str, Any] = {
    "model": "tiny",
    "provider": "cpu",
    "dimensions": ("arousal", "valence"),
    "device": "Mic",
    "rate_hz": 48_000,
    "channels": 1,
    "osc": [],
    "version": "0.1.0",
}
HELLO = hello_fields(**SAID)


def hello_of(journal: Journal) -> dict[str, Any]:
    """The hello a client would be given now."""
    message = json.loads(journal.greeting()[0])
    assert isinstance(message, dict)
    return message


def test_history_is_the_last_two_minutes() -> None:
    """The past is bounded, and holds the newest estimates in their order."""
    journal = Journal(HELLO, 0.0)
    for k in range(HISTORY_ESTIMATES + 60):
        journal.record_estimate(make_estimate(k), k * 0.5)
    sequences = [estimate["sequence"] for estimate in hello_of(journal)["history"]]
    assert sequences == list(range(60, HISTORY_ESTIMATES + 60))


def test_a_sequence_that_falls_back_begins_a_new_stream() -> None:
    """After a reset the old past is gone and the stream has another name."""
    journal = Journal(HELLO, 0.0)
    for k in range(5):
        journal.record_estimate(make_estimate(k), 0.0)
    before = hello_of(journal)
    journal.record_estimate(make_estimate(0), 0.0)
    after = hello_of(journal)
    assert [estimate["sequence"] for estimate in after["history"]] == [0]
    assert after["stream"] != before["stream"]


def test_every_run_has_a_name_of_its_own() -> None:
    """Two journals never say they are the same stream."""
    assert Journal(HELLO, 0.0).stream != Journal(HELLO, 0.0).stream


def test_a_new_client_is_told_the_last_status() -> None:
    """The greeting is hello alone until there is a status, then both."""
    journal = Journal(HELLO, 0.0)
    assert len(journal.greeting()) == 1
    journal.record_status(make_status(drops=3))
    assert json.loads(journal.greeting()[1])["drops"] == 3


def test_a_faulty_estimate_leaves_no_trace() -> None:
    """What cannot be said is refused whole: neither history nor counters change."""
    journal = Journal(HELLO, 0.0)
    journal.record_estimate(make_estimate(0), 0.0)
    with pytest.raises(ValueError, match="JSON"):
        journal.record_estimate(replace(make_estimate(1), level_db=math.nan), 0.5)
    assert journal.estimates == 1
    assert len(hello_of(journal)["history"]) == 1


def test_health_follows_the_clock() -> None:
    """It is well while estimates come, and says since when they do not."""
    journal = Journal(HELLO, 100.0)
    assert journal.trouble(100.1) == "no estimate yet"
    journal.record_estimate(make_estimate(0), 101.0)
    assert journal.trouble(101.4) == ""
    assert journal.trouble(102.9) == ""
    assert journal.trouble(104.0) == "the last estimate came 3.0 s ago"
    journal.record_estimate(make_estimate(1), 104.1)
    assert journal.trouble(104.2) == ""


@pytest.mark.parametrize(
    ("state", "said"), [("lost", "device"), ("ended", "over"), ("waiting", "no sound")]
)
def test_health_believes_the_status(state: str, said: str) -> None:
    """A run that says it is not listening is not well, however fresh its last estimate."""
    journal = Journal(HELLO, 0.0)
    journal.record_estimate(make_estimate(0), 1.0)
    journal.record_status(make_status(state=state))
    assert said in journal.trouble(1.1)
    journal.record_status(make_status(state="silent"))
    assert journal.trouble(1.1) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"osc": None}, None),
        ({"interval_s": 0}, "interval_s"),
        ({"interval_s": "fast"}, "interval_s"),
        ({"version": math.nan}, "JSON"),
    ],
)
def test_a_senseless_hello_is_refused_at_once(change: dict[str, object], said: str | None) -> None:
    """A mistake in hello shows when the server is made, not when the first client comes."""
    if said is None:
        Journal(HELLO | change, 0.0)  # null is JSON: the check is about form only
        return
    with pytest.raises(ValueError, match=said):
        Journal(HELLO | change, 0.0)


def test_an_incomplete_hello_is_refused() -> None:
    """Every missing field is named."""
    with pytest.raises(ValueError, match="model, device"):
        Journal({"interval_s": 0.5, "osc": [], "version": "1"}, 0.0)


def test_several_streams_are_told_by_their_numbers() -> None:
    """Each message carries its stream; numbers repeat across streams and begin nothing anew."""
    names = [(1, "drums"), (2, "keys")]
    journal = Journal(hello_fields(**SAID, streams=names), 0.0)
    name = hello_of(journal)["stream"]
    for k in range(HISTORY_ESTIMATES + 10):
        for stream in (1, 2):
            text = journal.record_estimate(replace(make_estimate(k), stream=stream), 0.5 * k)
            assert json.loads(text)["stream"] == stream
    said = hello_of(journal)
    assert said["streams"] == [{"stream": 1, "name": "drums"}, {"stream": 2, "name": "keys"}]
    assert said["stream"] == name
    assert len(said["history"]) == 2 * HISTORY_ESTIMATES
    assert {entry["stream"] for entry in said["history"][-2:]} == {1, 2}
    journal.record_estimate(replace(make_estimate(0), stream=2), 0.0)
    assert len(hello_of(journal)["history"]) == 1
    assert hello_of(journal)["stream"] != name


def test_the_past_of_many_streams_is_bounded() -> None:
    """Sixty-four channels share what eight have."""
    names = [(k, f"channel {k}") for k in range(1, 65)]
    journal = Journal(hello_fields(**SAID, streams=names), 0.0)
    for k in range(40):
        for number, _ in names:
            journal.record_estimate(replace(make_estimate(k), stream=number), 0.5 * k)
    assert len(hello_of(journal)["history"]) == MOST_HISTORY
