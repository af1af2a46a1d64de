"""The messages of the web stream, without any socket."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.estimates import estimates, make_estimate, make_status

from realtime_mer.estimate import Estimate
from realtime_mer.mood import mood
from realtime_mer.sinks.web import protocol

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def strict(text: str) -> dict[str, Any]:
    """Read JSON as a careful reader does: NaN and Infinity are not JSON."""

    def refuse(name: str) -> object:
        raise AssertionError(f"{name} is not JSON")

    message = json.loads(text, parse_constant=refuse)
    assert isinstance(message, dict)
    return message


@given(estimates())
def test_estimate_has_every_field_as_exactly_as_osc(estimate: Estimate) -> None:
    """An estimate's message holds all that is known, within 6e-7 of what OSC sends."""
    message = strict(protocol.estimate_message(estimate))
    assert message["type"] == "estimate"
    assert message["schema"] == protocol.SCHEMA
    assert message["sequence"] == estimate.sequence
    assert message["time_s"] == estimate.time_s
    assert message["active"] is estimate.active
    assert message["mood"] == mood(estimate.arousal, estimate.valence)
    for name, value in {**estimate.values(), "level_db": estimate.level_db}.items():
        assert math.isclose(message[name], float(np.float32(value)), rel_tol=6e-7, abs_tol=1e-44)


def test_the_word_that_was_chosen_is_said() -> None:
    """Where the word has been chosen already, with hysteresis, the page says the same one."""
    assert (
        strict(protocol.estimate_message(replace(make_estimate(3), mood="calm")))["mood"] == "calm"
    )


def test_estimate_carries_further_dimensions() -> None:
    """A dimension the page does not know travels under its own name."""
    estimate = make_estimate(3, dimensions=("arousal", "valence", "dominance"))
    message = strict(protocol.estimate_message(estimate))
    assert message["dominance"] == pytest.approx(estimate.mean[2], rel=1e-6)
    assert message["dominance_std"] == pytest.approx(estimate.std[2], rel=1e-6)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_json_cannot_say_are_refused(value: float) -> None:
    """NaN and infinity raise instead of producing something no client can read."""
    with pytest.raises(ValueError, match="JSON"):
        protocol.estimate_message(replace(make_estimate(0), level_db=value))
    with pytest.raises(ValueError, match="JSON"):
        protocol.status_message(make_status(level_db=value))


def test_status_has_all_fields_of_the_status() -> None:
    """A status loses nothing on the wire."""
    status = make_status(message="“Mic” is gone.", osc_targets=("127.0.0.1:9000", "[::1]:7000"))
    message = strict(protocol.status_message(status))
    assert message.pop("type") == "status"
    assert message.pop("schema") == protocol.SCHEMA
    assert message == {**asdict(status), "osc_targets": list(status.osc_targets)}


@given(st.none() | st.integers(-protocol.MAX_ID, protocol.MAX_ID) | st.text(max_size=64))
def test_ping_is_answered_with_its_own_id(ping_id: object) -> None:
    """A ping comes back as a pong with the id it had, whatever characters that holds."""
    message = {"type": "ping"} if ping_id is None else {"type": "ping", "id": ping_id}
    said = protocol.parse(json.dumps(message))
    assert isinstance(said, protocol.Ping)
    reply = strict(protocol.pong_message(said.id))
    expected: dict[str, object] = {"type": "pong", "schema": protocol.SCHEMA}
    assert reply == (expected if ping_id is None else {**expected, "id": ping_id})


@given(st.text() | st.binary() | JSON.map(json.dumps))
def test_whatever_a_client_sends_can_be_answered(text: str | bytes) -> None:
    """It is understood, or refused with a sentence and an id that are strict JSON in ASCII."""
    try:
        reply = protocol.done_message(protocol.parse(text).id, {})
    except protocol.Refused as refused:
        reply = protocol.error_message(str(refused), refused.id)
    assert reply.isascii()
    strict(reply)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\x00", "text frames"),
        ("", "not JSON"),
        ("[" * 1000, "not JSON"),
        ('{"type": NaN}', "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "Unknown type"),
        ('{"type": "reboot"}', "Unknown type"),
        ('{"type": ["ping"]}', "Unknown type"),
        ('{"type": "ping", "schema": 2}', "schema 1"),
        ('{"type": "ping", "id": true}', "An id is"),
        ('{"type": "ping", "id": 1.5}', "An id is"),
        ('{"type": "ping", "id": 9007199254740992}', "An id is"),
        (json.dumps({"type": "ping", "id": "x" * 65}), "An id is"),
        ('{"type": "ping", "id": {}}', "An id is"),
    ],
)
def test_senseless_messages_are_told_what_is_wrong(text: str | bytes, said: str) -> None:
    """A client that errs is told the mistake in a sentence."""
    with pytest.raises(protocol.Refused, match=re.escape(said)):
        protocol.parse(text)
