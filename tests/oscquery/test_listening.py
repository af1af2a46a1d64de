"""What listeners say, sense and nonsense."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.oscquery.listening import Listen, error_message, parse_command

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.text())
def test_listen_and_ignore_name_an_address(address: str) -> None:
    """Any text may be an address here; whether there is such a one is another's business."""
    for command, on in (("LISTEN", True), ("IGNORE", False)):
        said = json.dumps({"COMMAND": command, "DATA": address, "more": 1})
        assert parse_command(said) == Listen(address, on)


@pytest.mark.parametrize(
    "said",
    [
        "", "nonsense", "[]", "1", '{"COMMAND": "LISTEN"}', '{"COMMAND": "LISTEN", "DATA": 1}',
        '{"COMMAND": "listen", "DATA": "/a"}', '{"COMMAND": ["LISTEN"], "DATA": "/a"}',
        '{"COMMAND":"START_OSC_STREAMING","DATA":{"LOCAL_SERVER_PORT":1,"LOCAL_SENDER_PORT":2}}',
        "[" * 1000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_sentence(said: str) -> None:
    """Among it what ossia sends to servers of its own kind."""
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        parse_command(said)


@given(st.text() | JSON.map(json.dumps))
def test_a_text_is_a_command_or_is_refused(said: str) -> None:
    """Whatever comes; the answer has the form of a command, so that clients pass over it."""
    answer = ""
    try:
        assert isinstance(parse_command(said).address, str)
    except ValueError as error:
        answer = str(error)
    known = {"COMMAND": "ERROR", "DATA": answer}
    assert json.loads(error_message(answer)) == known
