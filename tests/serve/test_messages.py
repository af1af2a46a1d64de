"""What clients that send sound say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.estimates import make_estimate
from support.web import hello

from realtime_mer.serve import messages
from realtime_mer.serve.messages import End, Misunderstood, Reset, parse
from realtime_mer.serve.pcm import Format
from realtime_mer.sinks.web.protocol import Ping

GOOD = {"type": "format", "rate_hz": 48_000}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        (GOOD, Format(48_000, 1, "s16")),
        (GOOD | {"channels": 2, "format": "f32"}, Format(48_000, 2, "f32")),
        (GOOD | {"name": "Ada’s phone", "schema": 1}, Format(48_000, 1, "s16", "Ada’s phone")),
        ({"type": "end"}, End()),
        ({"type": "reset"}, Reset()),
        ({"type": "ping", "id": 7}, Ping(7)),
    ],
)
def test_messages_are_read(message: dict[str, Any], meant: object) -> None:
    """Each kind has a meaning; what a format leaves out is mono in 16 bits."""
    assert parse(json.dumps(message)) == meant


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ({"type": "format"}, "rate_hz is a whole number from 8000 to 192000"),
        (GOOD | {"rate_hz": 44_100.5}, "rate_hz"),
        (GOOD | {"rate_hz": True}, "rate_hz"),
        (GOOD | {"channels": 0}, "channels is a whole number from 1 to 8"),
        (GOOD | {"format": "s24"}, "s16, f32"),
        (GOOD | {"format": ["s16"]}, "s16, f32"),
        (GOOD | {"name": "x" * 61}, "60 characters"),
        (GOOD | {"name": "a\nb"}, "60 characters"),
        (GOOD | {"rate": 1}, "takes no 'rate'"),
        (GOOD | {"schema": 2}, "schema 1"),
        ({"type": "estimate"}, "format, end, reset and ping"),
        ({"type": "ping", "id": [1]}, "id is a whole number"),
        ([1], "JSON object"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(message: object, remedy: str) -> None:
    """It says what would."""
    with pytest.raises(Misunderstood, match=remedy):
        parse(json.dumps(message))


@given(
    st.text()
    | json_values.map(json.dumps)
    | st.dictionaries(
        st.sampled_from([*messages.FORMAT_KEYS, "id"]), json_values | st.just("format")
    ).map(json.dumps)
)
def test_any_text_is_understood_or_answered(text: str) -> None:
    """Nothing a client sends makes the parser fall over."""
    try:
        parse(text)
    except Misunderstood as error:
        sentence = str(error)
        assert sentence.endswith((".", "}"))


def test_long_texts_are_not_parsed() -> None:
    """Sound that is sent as text is refused before anything reads it."""
    with pytest.raises(Misunderstood, match="binary"):
        parse("[" * 2000)


def test_answers_are_those_of_the_stream() -> None:
    """``hello`` names the client's own sound, and an estimate is the one of ``/ws``."""
    said = json.loads(messages.hello_message(hello(), Format(44_100, 2, "s16", "Ada"), "abc"))
    assert said["device"] == {"name": "Ada", "rate_hz": 44_100, "channels": 2}
    assert (said["stream"], said["history"], said["may_command"]) == ("abc", [], False)
    estimate = json.loads(messages.estimate_message(make_estimate(3), "tense"))
    assert (estimate["type"], estimate["sequence"], estimate["mood"]) == ("estimate", 3, "tense")
    ended = json.loads(messages.ended_message(24, 12.0004))
    assert (ended["type"], ended["estimates"], ended["sound_s"]) == ("ended", 24, 12.0)
