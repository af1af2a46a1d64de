"""What was sent last, and what waits for one listener."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.oscquery.listening import PATH_CHANGED
from realtime_mer.oscquery.method import NOTHING, READ, Method
from realtime_mer.oscquery.packets import LastSent, PacketOutbox, address_of, head_of
from realtime_mer.sinks.osc_packet import message

ARGUMENTS = st.lists(
    st.integers(-5, 5) | st.floats(-1, 1, width=32) | st.text("ab,/", max_size=5), max_size=4
)
ADDRESSES = st.text("abc,/", max_size=9).map(lambda text: f"/{text}")


@given(ADDRESSES, ARGUMENTS)
def test_a_message_is_taken_apart_where_it_was_put_together(
    address: str, arguments: list[float | int | str]
) -> None:
    """Address and type tags, whatever the padding; also where a comma stands in the address."""
    packet = message(address, *arguments)
    assert address_of(packet) == address.encode()
    tags = "".join({int: "i", float: "f", str: "s"}[type(each)] for each in arguments)
    head = head_of(packet)
    assert head.startswith(address.encode())
    assert head.endswith(f",{tags}".encode())


def test_only_messages_of_known_methods_are_kept() -> None:
    """So that a stream of new addresses cannot fill the memory."""
    method, empty = Method("/a", "f", READ, ""), Method("/b", NOTHING, READ, "")
    last = LastSent([method, empty])
    assert last.value(method) is None
    last.take([message("/a", 0.5), message("/a", 7), message("/other", 1.0), message("/b")])
    assert last.value(method) == [0.5]
    assert last.value(empty) == [None]
    assert last.value(Method("/other", "f", READ, "")) is None


def test_a_word_of_the_server_is_kept_like_an_address_of_its_own() -> None:
    """Said twice to somebody who is slow, it is heard once."""
    outbox = PacketOutbox(2)
    for packet in (PATH_CHANGED, message("/a", 1), PATH_CHANGED, message("/a", 2)):
        outbox.put(packet)
    assert [outbox.take(), outbox.take(), outbox.take()] == [PATH_CHANGED, message("/a", 2), None]


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(3, 8))
def test_a_full_outbox_keeps_the_newest_of_each_address(names: list[str], limit: int) -> None:
    """In the order they came; nothing is lost that is still true, and the count is right."""
    outbox = PacketOutbox(limit)
    packets = [message(f"/{name}", number) for number, name in enumerate(names)]
    dropped = sum(outbox.put(packet) for packet in packets)
    assert len(outbox) <= limit
    waiting = []
    while (packet := outbox.take()) is not None:
        waiting.append(packet)
    assert dropped == outbox.dropped == len(packets) - len(waiting)
    assert waiting == sorted(waiting, key=packets.index)
    newest = {address_of(packet): packet for packet in packets}
    assert set(newest.values()) <= set(waiting)
