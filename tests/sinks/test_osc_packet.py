"""Packets against python-osc, an independent implementation."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.parsing.osc_types import IMMEDIATELY

from realtime_mer.sinks.osc_packet import FLOAT_MAX, INT_MAX, INT_MIN, bundle, datagrams, message

addresses = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40).map(
    lambda name: "/" + name
)
arguments = st.lists(
    st.integers(INT_MIN, INT_MAX)
    | st.floats(width=32, allow_nan=False, allow_infinity=False)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    max_size=8,
)


@given(addresses, arguments)
def test_a_message_is_the_one_python_osc_builds(
    address: str, values: list[int | float | str]
) -> None:
    """Byte for byte, whatever the address and the arguments."""
    builder = OscMessageBuilder(address)
    tags = {int: "i", float: "f", str: "s"}
    for value in values:
        builder.add_arg(value, tags[type(value)])
    assert message(address, *values) == builder.build().dgram


@given(st.lists(st.tuples(addresses, arguments), max_size=5))
def test_a_bundle_is_parsed_and_takes_effect_at_once(
    messages: list[tuple[str, list[int | float | str]]],
) -> None:
    """python-osc finds every message in it, in order, under the time tag for now."""
    packet = bundle([message(address, *values) for address, values in messages])
    assert struct.unpack(">Q", packet[8:16]) == (1,)
    parsed = OscBundle(packet)
    assert parsed.timestamp == IMMEDIATELY
    assert [(each.address, list(each.params)) for each in parsed] == messages


@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        (1e300, FLOAT_MAX),
        (float("-inf"), -FLOAT_MAX),
        (2**40, INT_MAX),
        (-(2**40), INT_MIN),
    ],
)
def test_what_does_not_fit_becomes_the_nearest_that_does(value: float, nearest: float) -> None:
    """No number makes a message fail."""
    assert OscMessage(message("/x", value)).params == [nearest]


def test_datagrams_are_separate_or_one() -> None:
    """A bundle is one datagram; without messages nothing is sent either way."""
    messages = [message("/a", 1), message("/b", 2)]
    assert datagrams(messages, bundled=False) == messages
    assert datagrams(messages, bundled=True) == [bundle(messages)]
    assert datagrams([], bundled=True) == []
