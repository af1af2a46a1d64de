"""The sockets: one asyncio server for the page, the stream, OSCQuery, health and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterable

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from realtime_mer.estimate import Estimate, Status
from realtime_mer.limits.allowance import Allowance
from realtime_mer.oscquery.host import QueryHost
from realtime_mer.sinks.web import metrics, protocol
from realtime_mer.sinks.web.access import PROXY_HEADERS, Gate
from realtime_mer.sinks.web.clients import Client, Clients, Limits, Outbox
from realtime_mer.sinks.web.commanding import (
    BUSY,
    NOT_ALLOWED,
    NOTHING_TO_SET,
    Commanding,
    Desk,
)
from realtime_mer.sinks.web.commands import Meters
from realtime_mer.sinks.web.downloads import Downloads
from realtime_mer.sinks.web.history import History
from realtime_mer.sinks.web.journal import Journal
from realtime_mer.sinks.web.osc_listeners import OscListeners, control_sender
from realtime_mer.sinks.web.requests import STREAM, Requests

log = logging.getLogger(__name__)

# The library's own log would show request lines, tokens included, and a traceback for
# every scanner that knocks: it stays off whatever a person's logging is set to.
_wire_log = logging.getLogger(f"{__name__}.wire")
_wire_log.setLevel(logging.CRITICAL)
_wire_log.propagate = False

CLOSE_POLITE_S = 0.4
"""How long a client may take to answer the farewell before its connection is cut."""
CLOSE_CUT_S = 0.2


class Server:
    """Lives on one event loop; every method is called from it.

    Args:
        journal: what clients are told.
        gate: who may be one.
        limits: how many, and how patient the server is with them.
        query: answers OSCQuery, or None where that is not spoken.
        take_osc: is given the OSC that a client of OSCQuery sends, and its IP address.
        desk: does what a page asks for, or None where there is nothing to set.
    """

    def __init__(
        self,
        journal: Journal,
        gate: Gate,
        limits: Limits,
        query: QueryHost | None = None,
        take_osc: Callable[[bytes, str], None] | None = None,
        desk: Desk | None = None,
    ) -> None:
        self.journal = journal
        self.counters = metrics.Counters()
        self.clients = Clients(self._count_dropped)
        self.listeners = (
            None if query is None else OscListeners(query, limits, take_osc, self._count_dropped)
        )
        self._gate = gate
        self._limits = limits
        self._desk = desk
        self._commanding = Commanding(desk) if desk is not None else None
        self._metered: set[Client] = set()
        self._history = History()
        self._requests = Requests(
            journal, self.counters, gate, Downloads(self._history), query, self._is_full
        )
        self._transports: set[asyncio.BaseTransport] = set()

    async def run(
        self, listener: socket.socket, ready: Callable[[], None], stop: asyncio.Event
    ) -> None:
        """Serve on a listening socket until ``stop`` is set; ``ready`` is called once."""
        server = await serve(
            self._serve_client,
            sock=listener,
            process_request=self._requests.answer,
            create_connection=self._track(),
            compression=None,  # half the processor for a few bytes of small messages
            max_size=protocol.MAX_CLIENT_MESSAGE_BYTES,  # more for who may command: see _stream
            max_queue=4,
            write_limit=self._limits.write_bytes,
            open_timeout=5,
            close_timeout=self._limits.farewell_s,
            ping_interval=self._limits.ping_s,
            ping_timeout=self._limits.ping_s,
            server_header=None,
            logger=_wire_log,
        )
        ready()
        await stop.wait()
        server.close(code=CloseCode.GOING_AWAY, reason="the tracker has stopped")
        closed = asyncio.ensure_future(server.wait_closed())
        await asyncio.wait({closed}, timeout=CLOSE_POLITE_S)
        for transport in list(self._transports):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
        await asyncio.wait({closed}, timeout=CLOSE_CUT_S)
        closed.cancel()
        if self._commanding is not None:
            self._commanding.close()

    def publish(self, estimate: Estimate) -> None:
        """Remember an estimate and queue it for every client; one that is not JSON is counted."""
        try:
            self.clients.publish(self.journal.record_estimate(estimate, time.monotonic()))
            self._history.take(estimate)
            if self._desk is not None:
                self._meter(self._desk, estimate)
        except (ValueError, TypeError) as error:
            self._count_faulty(error)

    def _meter(self, desk: Desk, estimate: Estimate) -> None:
        values = desk.meters(estimate)  # also when nobody looks: they move with time
        if self._metered:
            message = protocol.meters_message(estimate.sequence, values).encode()
            self._count_dropped(sum(client.put(message) for client in self._metered))

    def report(self, status: Status) -> None:
        """The same for the state of the run."""
        try:
            self.clients.publish(self.journal.record_status(status))
        except (ValueError, TypeError) as error:
            self._count_faulty(error)

    def publish_osc(self, packets: Iterable[bytes]) -> None:
        """Queue OSC messages for those who listen to their addresses."""
        if self.listeners is not None:
            self.listeners.publish(packets)

    # Those who stay connected

    async def _serve_client(self, connection: ServerConnection) -> None:
        """Serve one client until it goes, or is cut off because it does not read."""
        sock = connection.transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._limits.socket_bytes)
        request, listeners = connection.request, self.listeners
        if listeners is None or request is None or request.path.partition("?")[0] == STREAM:
            await self._stream(connection)
            return
        listener = listeners.add(connection)
        self.counters.listening = len(listeners)
        sender = control_sender(request.headers, str(connection.remote_address[0]))
        try:
            await self._hold(
                listener,
                connection,
                lambda said: listeners.obey(listener, said, sender),
                Allowance(
                    self._limits.messages_per_s,
                    time.monotonic(),
                    over_s=listeners.burst / self._limits.messages_per_s,
                ),
            )
        finally:
            listeners.discard(listener)
            self.counters.listening = len(listeners)

    async def _stream(self, connection: ServerConnection) -> None:
        may_command = self._may_command(connection)
        greeting = self.journal.greeting(may_command=may_command)
        outbox = Outbox(self._limits.outbox * self.journal.streams)
        first = [message.encode() for message in greeting]
        client = Client(connection, self._limits, first, outbox=outbox)
        self.clients.add(client)
        self.counters.connections += 1
        self.counters.connected = len(self.clients)
        if may_command:
            connection.protocol.max_message_size = protocol.MAX_COMMAND_BYTES
        try:
            await self._hold(
                client,
                connection,
                lambda said: self._obey(client, said, may_command),
                Allowance(self._limits.messages_per_s, time.monotonic()),
            )
        finally:
            self.clients.discard(client)
            self._metered.discard(client)
            self.counters.connected = len(self.clients)

    def _may_command(self, connection: ServerConnection) -> bool:
        request = connection.request
        if self._desk is None or request is None:
            return False
        headers = request.headers
        _, _, query = request.path.partition("?")
        return self._gate.may_command(
            str(connection.remote_address[0]),
            headers.get("Host", ""),
            headers.get("Origin"),
            knows_token=self._gate.knows_token(query, headers.get("Authorization")),
            proxied=any(name in headers for name in PROXY_HEADERS),
        )

    def _obey(self, client: Client, said: str | bytes, may_command: bool) -> None:
        """Answer one message of a client, or have it answered when it is done."""

        def answer(message: str) -> None:
            self._count_dropped(client.put(message.encode()))

        try:
            asked = protocol.parse(said)
        except protocol.Refused as refused:
            self.counters.misunderstood += 1
            answer(protocol.error_message(str(refused), refused.id))
            return
        if isinstance(asked, protocol.Ping):
            answer(protocol.pong_message(asked.id))
        elif self._commanding is None or not may_command:
            self.counters.misunderstood += 1
            why = NOTHING_TO_SET if self._commanding is None else NOT_ALLOWED
            answer(protocol.error_message(why, asked.id))
        elif isinstance(asked.command, Meters):
            (self._metered.add if asked.command.on else self._metered.discard)(client)
            answer(protocol.done_message(asked.id, {}))
        elif self._commanding.ask(asked, answer):
            self.counters.commands += 1
        else:
            answer(protocol.error_message(BUSY, asked.id))

    async def _hold(
        self,
        client: Client,
        connection: ServerConnection,
        take: Callable[[str | bytes], None],
        allowance: Allowance,
    ) -> None:
        """Write to a client what is put for it, and take what it says, until it goes."""
        writer = asyncio.create_task(self._write(client, connection))
        try:
            await self._read(connection, take, allowance)
        except ConnectionClosed as closed:
            # So the keep-alive ends a connection whose other end does not answer it.
            if closed.sent is not None and closed.sent.code == CloseCode.INTERNAL_ERROR:
                self._count_cut_off()
        finally:
            writer.cancel()

    async def _write(self, client: Client, connection: ServerConnection) -> None:
        try:
            await client.write()
        except TimeoutError:
            self._count_cut_off()
            connection.transport.abort()
        except ConnectionClosed:
            pass

    async def _read(
        self,
        connection: ServerConnection,
        take: Callable[[str | bytes], None],
        allowance: Allowance,
    ) -> None:
        async for message in connection:
            if not allowance.spend(time.monotonic()):
                # What it still sends is not read any more, so its goodbye never comes.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CLOSE_POLITE_S):
                        await connection.close(CloseCode.POLICY_VIOLATION, "too many messages")
                connection.transport.abort()
                return
            take(message)

    def _is_full(self) -> bool:
        listening = len(self.listeners) if self.listeners is not None else 0
        return len(self.clients) + listening >= self._limits.clients

    # Counting

    def _count_dropped(self, messages: int) -> None:
        self.counters.dropped += messages

    def _count_cut_off(self) -> None:
        self.counters.cut_off += 1
        log.info("a web client that did not read was cut off")

    def _count_faulty(self, error: Exception) -> None:
        if not self.counters.faulty:
            log.warning("a message for the web could not be written: %s", error)
        self.counters.faulty += 1

    def _track(self) -> type[ServerConnection]:
        """Return a connection class that keeps its transport in reach until it is lost."""
        transports = self._transports

        class TrackedConnection(ServerConnection):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                transports.add(transport)
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                transports.discard(self.transport)
                super().connection_lost(exc)

        return TrackedConnection
