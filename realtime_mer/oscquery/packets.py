"""What was sent last, by address, and what waits for one listener."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

from realtime_mer.oscquery.method import Method
from realtime_mer.sinks.osc_packet import message


def address_of(packet: bytes) -> bytes:
    """Return the address of a message.

    >>> address_of(message("/mer/active", 1))
    b'/mer/active'
    """
    return packet[: packet.index(0)]


def is_osc(packet: bytes) -> bool:
    """Tell a message of OSC from a text."""
    return packet.startswith(b"/")


def head_of(packet: bytes) -> bytes:
    """Return the address and the type tags of a message, with what is between them."""
    tags = packet.index(b",", packet.index(0))
    return packet[: packet.index(0, tags)]


class LastSent:
    """The last message of each method; others are not kept.

    One thread may take while another asks: a message is put in place whole.
    """

    def __init__(self, methods: Iterable[Method]) -> None:
        self._known = frozenset(map(_head, methods))
        self._last: dict[bytes, bytes] = {}

    def of(self, methods: Iterable[Method]) -> LastSent:
        """Return the same of other methods, with what is known of those that stay."""
        other = LastSent(methods)
        other._last = {head: self._last[head] for head in other._known if head in self._last}
        return other

    def take(self, packets: Iterable[bytes]) -> None:
        """Keep messages that are being sent."""
        for packet in packets:
            head = head_of(packet)
            if head in self._known:
                self._last[head] = packet

    def value(self, method: Method) -> list[object] | None:
        """Return the arguments a method was last sent with, or None if it never was.

        What JSON cannot say becomes None, and so does a message without arguments.
        """
        packet = self._last.get(_head(method))
        if packet is None:
            return None
        from pythonosc.osc_message import OscMessage

        values = [
            None if isinstance(each, float) and not math.isfinite(each) else each
            for each in OscMessage(packet).params
        ]
        return values or [None]


class PacketOutbox:
    """What waits for one listener: messages of OSC, and words of the server in JSON.

    When there are too many, only the newest of each address stays: a listener that is slow
    for a while loses what is out of date, and never the last word on anything.

    Args:
        limit: messages that may wait; at least as many as there are addresses.
    """

    def __init__(self, limit: int) -> None:
        self._waiting: deque[bytes] = deque()
        self._limit = limit
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, packet: bytes) -> int:
        """Add a message and return how many older ones it pushed out."""
        self._waiting.append(packet)
        if len(self._waiting) <= self._limit:
            return 0
        newest: dict[bytes, bytes] = {}
        for each in reversed(self._waiting):
            newest.setdefault(address_of(each) if is_osc(each) else each, each)
        kept = list(reversed(newest.values()))[-self._limit :]
        dropped = len(self._waiting) - len(kept)
        self._waiting = deque(kept)
        self.dropped += dropped
        return dropped

    def take(self) -> bytes | None:
        """Remove and return the oldest message, or None when nothing waits."""
        return self._waiting.popleft() if self._waiting else None


def _head(method: Method) -> bytes:
    samples: dict[str, float | int | str] = {"i": 0, "f": 0.0, "s": ""}
    arguments = [samples[tag] for tag in method.type_tags if tag in samples]
    return head_of(message(method.address, *arguments))
