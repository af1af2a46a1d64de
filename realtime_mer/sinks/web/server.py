"""The sockets: one asyncio server for the page, the stream, OSCQuery, health and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import MultipleValuesError
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from realtime_mer.estimate import Estimate, Status
from realtime_mer.oscquery.host import QueryHost, is_for_a_program
from realtime_mer.sinks.web import metrics, protocol, responses
from realtime_mer.sinks.web.access import PROXY_HEADERS, Gate, Refusal
from realtime_mer.sinks.web.clients import Allowance, Client, Clients, Limits
from realtime_mer.sinks.web.commanding import (
    BUSY,
    NOT_ALLOWED,
    NOTHING_TO_SET,
    Commanding,
    Desk,
)
from realtime_mer.sinks.web.commands import Meters
from realtime_mer.sinks.web.downloads import PATHS, Downloads
from realtime_mer.sinks.web.history import History
from realtime_mer.sinks.web.journal import Journal
from realtime_mer.sinks.web.osc_listeners import OscListeners, control_sender
from realtime_mer.sinks.web.static import load_dashboard

log = logging.getLogger(__name__)

# The library's own log would show request lines, tokens included, and a traceback for
# every scanner that knocks: it stays off whatever a person's logging is set to.
_wire_log = logging.getLogger(f"{__name__}.wire")
_wire_log.setLevel(logging.CRITICAL)
_wire_log.propagate = False

CLOSE_POLITE_S = 0.4
"""How long a client may take to answer the farewell before its connection is cut."""
CLOSE_CUT_S = 0.2

STREAM, HEALTH, METRICS = "/ws", "/healthz", "/metrics"
NOTHING_HERE = "There is nothing here: the page is at /."


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
        self._query = query
        self._gate = gate
        self._limits = limits
        self._desk = desk
        self._commanding = Commanding(desk) if desk is not None else None
        self._metered: set[Client] = set()
        self._history = History()
        self._downloads = Downloads(self._history)
        self._files = load_dashboard()
        self._transports: set[asyncio.BaseTransport] = set()

    async def run(
        self, listener: socket.socket, ready: Callable[[], None], stop: asyncio.Event
    ) -> None:
        """Serve on a listening socket until ``stop`` is set; ``ready`` is called once."""
        server = await serve(
            self._serve_client,
            sock=listener,
            process_request=self._process_request,
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

    # Requests

    def _process_request(
        self, connection: ServerConnection, request: Request
    ) -> Response | Awaitable[Response] | None:
        """Answer plain HTTP; None lets the WebSocket handshake go on."""
        path, _, query = request.path.partition("?")
        asks_tree = self._asks_tree(path, query, request)
        try:
            refused = self._refuse(path, query, request, asks_tree)
        except MultipleValuesError:
            refused = Refusal(HTTPStatus.BAD_REQUEST, "A header came twice.")
        if refused is not None:
            self.counters.refused += 1
            return responses.refusal(refused)
        if path == STREAM or (asks_tree and _is_upgrade(request)):
            return None
        if asks_tree and self._query is not None:
            answer = self._query.answer(path, query, connection.local_address[1])
            return responses.description(answer, NOTHING_HERE)
        if path in PATHS:
            about = {"stream": self.journal.stream, **self.journal.fields}
            return self._downloads.answer(connection, request, path, about)
        if path == HEALTH:
            return self._health()
        if path == METRICS:
            text = metrics.exposition(self.journal, self.counters, time.monotonic())
            return responses.plain(HTTPStatus.OK, text.encode(), metrics.CONTENT_TYPE)
        return responses.file(self._files[path], request.headers.get("If-None-Match"))

    def _asks_tree(self, path: str, query: str, request: Request) -> bool:
        """Whether a request is one of OSCQuery, which has all paths that nobody else has."""
        if self._query is None or path in (STREAM, HEALTH, METRICS, *PATHS):
            return False
        if path in ("", "/"):
            accept = request.headers.get_all("Accept")
            return _is_upgrade(request) or is_for_a_program(accept, query)
        return path not in self._files

    def _refuse(self, path: str, query: str, request: Request, asks_tree: bool) -> Refusal | None:
        headers = request.headers
        if request.method != "GET":
            return Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET is understood here.")
        host = headers.get("Host")
        refused = self._gate.check_host(host)
        if refused is not None or host is None:
            return refused
        if not asks_tree and (path in self._files or path == HEALTH):
            return None  # the page is no secret, and whoever watches the process needs no token
        if path == METRICS:
            return self._gate.check_token(query, headers.get("Authorization"))
        if path in PATHS:
            return self._gate.check_origin(headers.get("Origin"), host) or self._gate.check_token(
                query, headers.get("Authorization")
            )
        if path != STREAM and not asks_tree:
            return Refusal(HTTPStatus.NOT_FOUND, NOTHING_HERE)
        if path == STREAM and not _is_upgrade(request):
            return Refusal(HTTPStatus.UPGRADE_REQUIRED, "Here only WebSocket is spoken.")
        if _is_upgrade(request) and self._connected() >= self._limits.clients:
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Too many listen already.")
        return self._gate.check_origin(headers.get("Origin"), host) or self._gate.check_token(
            query, headers.get("Authorization")
        )

    def _health(self) -> Response:
        trouble = self.journal.trouble(time.monotonic())
        status = HTTPStatus.SERVICE_UNAVAILABLE if trouble else HTTPStatus.OK
        said = {"ok": not trouble, "reason": trouble, "estimates": self.journal.estimates}
        return responses.plain(status, json.dumps(said).encode() + b"\n", "application/json")

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
        client = Client(connection, self._limits, [message.encode() for message in greeting])
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
            knows_token=self._gate.check_token(query, headers.get("Authorization")) is None,
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

    def _connected(self) -> int:
        return len(self.clients) + (len(self.listeners) if self.listeners is not None else 0)

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


def _is_upgrade(request: Request) -> bool:
    return ",".join(request.headers.get_all("Upgrade")).strip().lower() == "websocket"
