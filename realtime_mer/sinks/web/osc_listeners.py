"""Listeners to single OSC addresses, as OSCQuery has them, on the server's own loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from websockets.datastructures import Headers

from realtime_mer.oscquery.host import QueryHost
from realtime_mer.oscquery.listening import PATH_CHANGED, parse_command
from realtime_mer.oscquery.packets import PacketOutbox, address_of, is_osc
from realtime_mer.sinks.web.access import PROXY_HEADERS
from realtime_mer.sinks.web.clients import Client, Connection, Limits

LEAST_OUTBOX = 64
COMMANDS_AT_ONCE = 100
"""Messages a listener may send at once, beside four for each address: some programs listen
to every address by itself as soon as they are connected."""


def control_sender(headers: Headers, peer: str) -> str:
    """Return whose control a connection's OSC counts as, or "" where it is nobody's.

    A packet of UDP cannot come from a page in a browser. Here it could: from one of this
    machine, or through a proxy on it, either of which would count as this machine itself.

    Args:
        headers: of the request that opened it.
        peer: IP address of the other end.
    """
    if "Origin" in headers or any(name in headers for name in PROXY_HEADERS):
        return ""
    return peer


class OscListener(Client):
    """One client, and the addresses it listens to."""

    def __init__(self, connection: Connection, limits: Limits, outbox: int) -> None:
        super().__init__(connection, limits, outbox=PacketOutbox(outbox))
        self.addresses: set[bytes] = set()

    def _is_text(self, message: bytes) -> bool:
        return not is_osc(message)


class OscListeners:
    """All of them.

    Args:
        host: knows what can be listened to.
        limits: how patient the server is.
        take: is given what a client sends in binary, which is OSC, and its IP address; None
            where no control is taken.
        count_dropped: is told of messages that a slow listener never got.
    """

    def __init__(
        self,
        host: QueryHost,
        limits: Limits,
        take: Callable[[bytes, str], None] | None,
        count_dropped: Callable[[int], None],
    ) -> None:
        self.wanted: frozenset[bytes] = frozenset()
        """Addresses anybody listens to; any thread may look."""
        self.burst = COMMANDS_AT_ONCE + 4 * len(host.addresses)
        self._host = host
        self._limits = limits
        self._take = take
        self._count_dropped = count_dropped
        self._all: set[OscListener] = set()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Connection) -> OscListener:
        """Take a client, which listens to nothing yet."""
        outbox = max(LEAST_OUTBOX, 2 * len(self._host.addresses))
        listener = OscListener(connection, self._limits, outbox)
        self._all.add(listener)
        return listener

    def discard(self, listener: OscListener) -> None:
        """Forget a client and whatever waits for it."""
        self._all.discard(listener)
        self._note_wanted()

    def obey(self, listener: OscListener, said: str | bytes, sender: str) -> None:
        """Do what a client asks for; never raises for what it says.

        Args:
            listener: the client.
            said: a command, or OSC in binary.
            sender: see :func:`control_sender`.
        """
        if isinstance(said, bytes):
            if self._take is not None and sender:
                self._take(said, sender)
            return
        command = parse_command(said)
        if command is None:
            return
        address = command.address.encode("utf-8", "replace")
        if not command.on:
            listener.addresses.discard(address)
        elif command.address in self._host.addresses:
            listener.addresses.add(address)
        self._note_wanted()

    def tell_changed(self) -> None:
        """Say that there are other addresses, and forget those that are no more."""
        known = {address.encode() for address in self._host.addresses}
        for listener in self._all:
            listener.addresses &= known
            self._count_dropped(listener.put(PATH_CHANGED))
        self._note_wanted()

    def publish(self, packets: Iterable[bytes]) -> None:
        """Queue each message for whoever listens to its address."""
        dropped = 0
        for packet in packets:
            address = address_of(packet)
            for listener in self._all:
                if address in listener.addresses:
                    dropped += listener.put(packet)
        self._count_dropped(dropped)

    def _note_wanted(self) -> None:
        self.wanted = frozenset().union(*(listener.addresses for listener in self._all))
