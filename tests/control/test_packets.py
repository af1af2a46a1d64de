"""OSC from strangers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from realtime_mer.control.packets import (
    LONGEST_ANSWER,
    LONGEST_DATAGRAM,
    MOST_MESSAGES,
    error_packet,
    parse,
)


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda rest: b"#bundle\0" + rest))
def test_bytes_are_messages_or_refused(datagram: bytes) -> None:
    """Nothing but ValueError, with words that end a sentence."""
    messages, refused = [], ""
    try:
        messages = parse(datagram)
    except ValueError as error:
        refused = str(error)
    assert refused in ("", "too long", "no OSC", "too many messages")
    assert all(isinstance(address, str) for address, _ in messages)


@pytest.mark.parametrize(("count", "fits"), [(MOST_MESSAGES, True), (MOST_MESSAGES + 1, False)])
def test_a_bundle_has_so_many_messages_and_no_more(count: int, fits: bool) -> None:
    """One packet is not a thousand requests."""
    bundle = OscBundleBuilder(0)
    for _ in range(count):
        bundle.add_content(OscMessageBuilder("/mer/mark").build())
    if fits:
        assert len(parse(bundle.build().dgram)) == count
    else:
        with pytest.raises(ValueError, match="too many"):
            parse(bundle.build().dgram)


def test_a_long_packet_is_not_parsed() -> None:
    """Its length says enough."""
    with pytest.raises(ValueError, match="too long"):
        parse(b"#bundle\0" + b"\0" * LONGEST_DATAGRAM)


@given(st.text(max_size=1000))
def test_an_answer_is_short_and_every_receiver_can_read_it(sentence: str) -> None:
    """One text in ASCII at /mer/error."""
    said = OscMessage(error_packet(sentence))
    assert said.address == "/mer/error"
    (text,) = said.params
    assert text.isascii()
    assert len(text) <= LONGEST_ANSWER
