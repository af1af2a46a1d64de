"""Listeners to single OSC addresses, as OSCQuery has them, on the server's own loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from websockets.datastructures import Headers

from realtime_mer.limits.allowance import Allowance
from realtime_mer.oscquery.host import QueryHost
from realtime_mer.oscquery.listening import PATH_CHANGED, error_message, parse_command
from realtime_mer.oscquery.packets import PacketOutbox, address_of, is_osc
from realtime_mer.sinks.web.access import PROXY_HEADERS
from realtime_mer.sinks.web.clients import Client, Connection, Limits, framed
from realtime_mer.sinks.web.connection import TRAFFIC_OVER_S, LimitedConnection
from realtime_mer.sinks.web.holding import hold
from realtime_mer.sinks.web.metrics import Counters

Take = Callable[[bytes, str], Sequence[str]]

LEAST_OUTBOX = 64
TOGETHER = 64
"""Messages that are written together: some 3 kB, no more than a client may leave waiting."""
COMMANDS_AT_ONCE = 100
"""Messages a listener may send at once, beside four for each address: some programs listen
to every address by itself as soon as they are connected."""
BYTES_OF_A_COMMAND = 256
"""Room for one of them, its address included."""

NO_CONTROL = "No control is taken here: start the tracker with --control PORT."
NOT_FROM_HERE = "Control is not taken from a page or through a proxy: send it by UDP."


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
        counters: of the server.
        take: is given what a client sends in binary, which is OSC, and its IP address, and
            returns the sentences that are to be said against it; None where no control is taken.
    """

    def __init__(
        self,
        host: QueryHost,
        limits: Limits,
        counters: Counters,
        take: Take | None,
    ) -> None:
        self.wanted: frozenset[bytes] = frozenset()
        """Addresses anybody listens to; any thread may look."""
        self.burst = COMMANDS_AT_ONCE + 4 * len(host.addresses)
        self._host = host
        self._limits = limits
        self._counters = counters
        self._take = take
        self._all: set[OscListener] = set()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Connection) -> OscListener:
        """Take a client, which listens to nothing yet."""
        outbox = max(LEAST_OUTBOX, 2 * len(self._host.addresses))
        listener = OscListener(connection, self._limits, outbox)
        self._all.add(listener)
        self._counters.listening = len(self._all)
        return listener

    def discard(self, listener: OscListener) -> None:
        """Forget a client and whatever waits for it."""
        self._all.discard(listener)
        self._counters.listening = len(self._all)
        self._note_wanted()

    async def serve(self, connection: LimitedConnection) -> None:
        """Serve one client until it goes."""
        per_s = self._limits.messages_per_s
        commands_per_s = self.burst / TRAFFIC_OVER_S
        connection.may_send(commands_per_s * BYTES_OF_A_COMMAND, commands_per_s + per_s)
        sender = ""
        if connection.request is not None:
            sender = control_sender(connection.request.headers, str(connection.remote_address[0]))
        allowance = Allowance(per_s, time.monotonic(), over_s=self.burst / per_s)
        listener = self.add(connection)
        try:
            await hold(
                listener,
                connection,
                lambda said: self.obey(listener, said, sender),
                allowance,
                self._counters,
            )
        finally:
            self.discard(listener)

    def obey(self, listener: OscListener, said: str | bytes, sender: str) -> None:
        """Do what a client asks for; never raises for what it says.

        Args:
            listener: the client.
            said: a command, or OSC in binary.
            sender: see :func:`control_sender`.
        """
        if isinstance(said, bytes):
            self._control(listener, said, sender)
            return
        try:
            command = parse_command(said)
        except ValueError as error:
            self._refuse(listener, str(error))
            return
        address = command.address.encode("utf-8", "replace")
        if not command.on:
            listener.addresses.discard(address)
        elif command.address in self._host.addresses:
            listener.addresses.add(address)
        else:
            self._refuse(listener, f"Nothing is sent to {command.address!a:.100}.")
        self._note_wanted()

    def tell_changed(self) -> None:
        """Say that there are other addresses, and forget those that are no more."""
        known = {address.encode() for address in self._host.addresses}
        for listener in self._all:
            listener.addresses &= known
            self._put(listener, PATH_CHANGED)
        self._note_wanted()

    def publish(self, packets: Sequence[bytes]) -> None:
        """Send each message to whoever listens to its address, some at a time in one go."""
        for start in range(0, len(packets), TOGETHER):
            some = packets[start : start + TOGETHER]
            known = [(address_of(packet), packet, framed(packet, text=False)) for packet in some]
            for listener in self._all:
                heard = [each for each in known if each[0] in listener.addresses]
                if heard:
                    frames = b"".join(frame for _, _, frame in heard)
                    dropped = listener.put_all([packet for _, packet, _ in heard], frames)
                    self._counters.dropped += dropped

    def _control(self, listener: OscListener, said: bytes, sender: str) -> None:
        if self._take is None:
            self._refuse(listener, NO_CONTROL)
        elif not sender:
            self._refuse(listener, NOT_FROM_HERE)
        else:
            for sentence in self._take(said, sender):  # who takes it counts what it does not take
                self._put(listener, error_message(sentence))

    def _refuse(self, listener: OscListener, sentence: str) -> None:
        self._counters.misunderstood += 1
        self._put(listener, error_message(sentence))

    def _put(self, listener: OscListener, message: bytes) -> None:
        self._counters.dropped += listener.put(message)

    def _note_wanted(self) -> None:
        self.wanted = frozenset().union(*(listener.addresses for listener in self._all))
