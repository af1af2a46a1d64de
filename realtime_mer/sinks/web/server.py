"""The sockets: one asyncio server for the page, the stream, health and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import time
from collections.abc import Callable
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import MultipleValuesError
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from realtime_mer.estimate import Estimate, Status
from realtime_mer.sinks.web import metrics, protocol, responses
from realtime_mer.sinks.web.access import Gate, Refusal
from realtime_mer.sinks.web.clients import Allowance, Client, Clients, Limits
from realtime_mer.sinks.web.journal import Journal
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


class Server:
    """Lives on one event loop; every method is called from it.

    Args:
        journal: what clients are told.
        gate: who may be one.
        limits: how many, and how patient the server is with them.
    """

    def __init__(self, journal: Journal, gate: Gate, limits: Limits) -> None:
        self.journal = journal
        self.counters = metrics.Counters()
        self.clients = Clients(self._count_dropped)
        self._gate = gate
        self._limits = limits
        self._files = load_dashboard()
        self._transports: set[asyncio.BaseTransport] = set()

    async def run(
        self, listener: socket.socket, ready: Callable[[], None], stop: asyncio.Event
    ) -> None:
        """Serve on a listening socket until ``stop`` is set; ``ready`` is called once."""
        server = await serve(
            self._stream,
            sock=listener,
            process_request=self._process_request,
            create_connection=self._track(),
            compression=None,  # half the processor for a few bytes of small messages
            max_size=protocol.MAX_CLIENT_MESSAGE_BYTES,
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

    def publish(self, estimate: Estimate) -> None:
        """Remember an estimate and queue it for every client; one that is not JSON is counted."""
        try:
            self.clients.publish(self.journal.record_estimate(estimate, time.monotonic()))
        except (ValueError, TypeError) as error:
            self._count_faulty(error)

    def report(self, status: Status) -> None:
        """The same for the state of the run."""
        try:
            self.clients.publish(self.journal.record_status(status))
        except (ValueError, TypeError) as error:
            self._count_faulty(error)

    # Requests

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer plain HTTP; None lets the WebSocket handshake go on."""
        path, _, query = request.path.partition("?")
        try:
            refused = self._refuse(path, query, request)
        except MultipleValuesError:
            refused = Refusal(HTTPStatus.BAD_REQUEST, "A header came twice.")
        if refused is not None:
            self.counters.refused += 1
            return responses.refusal(refused)
        if path == "/ws":
            return None
        if path == "/healthz":
            return self._health()
        if path == "/metrics":
            text = metrics.exposition(self.journal, self.counters, time.monotonic())
            return responses.plain(HTTPStatus.OK, text.encode(), metrics.CONTENT_TYPE)
        return responses.file(self._files[path], request.headers.get("If-None-Match"))

    def _refuse(self, path: str, query: str, request: Request) -> Refusal | None:
        headers = request.headers
        if request.method != "GET":
            return Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET is understood here.")
        host = headers.get("Host")
        refused = self._gate.check_host(host)
        if refused is not None or host is None:
            return refused
        if path in self._files or path == "/healthz":
            return None  # the page is no secret, and whoever watches the process needs no token
        if path == "/metrics":
            return self._gate.check_token(query, headers.get("Authorization"))
        if path != "/ws":
            return Refusal(HTTPStatus.NOT_FOUND, "There is nothing here: the page is at /.")
        if headers.get("Upgrade", "").lower() != "websocket":
            return Refusal(HTTPStatus.UPGRADE_REQUIRED, "Here only WebSocket is spoken.")
        if len(self.clients) >= self._limits.clients:
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Too many listen already.")
        return self._gate.check_origin(headers.get("Origin"), host) or self._gate.check_token(
            query, headers.get("Authorization")
        )

    def _health(self) -> Response:
        trouble = self.journal.trouble(time.monotonic())
        status = HTTPStatus.SERVICE_UNAVAILABLE if trouble else HTTPStatus.OK
        said = {"ok": not trouble, "reason": trouble, "estimates": self.journal.estimates}
        return responses.plain(status, json.dumps(said).encode() + b"\n", "application/json")

    # The stream

    async def _stream(self, connection: ServerConnection) -> None:
        """Serve one client until it goes, or is cut off because it does not read."""
        sock = connection.transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._limits.socket_bytes)
        greeting = [message.encode() for message in self.journal.greeting()]
        client = Client(connection, self._limits, greeting)
        self.clients.add(client)
        self.counters.connections += 1
        self.counters.connected = len(self.clients)
        writer = asyncio.create_task(self._write(client, connection))
        try:
            await self._read(client, connection)
        except ConnectionClosed as closed:
            # So the keep-alive ends a connection whose other end does not answer it.
            if closed.sent is not None and closed.sent.code == CloseCode.INTERNAL_ERROR:
                self._count_cut_off()
        finally:
            writer.cancel()
            self.clients.discard(client)
            self.counters.connected = len(self.clients)

    async def _write(self, client: Client, connection: ServerConnection) -> None:
        try:
            await client.write()
        except TimeoutError:
            self._count_cut_off()
            connection.transport.abort()
        except ConnectionClosed:
            pass

    async def _read(self, client: Client, connection: ServerConnection) -> None:
        allowance = Allowance(self._limits.messages_per_s, time.monotonic())
        async for message in connection:
            if not allowance.spend(time.monotonic()):
                # What it still sends is not read any more, so its goodbye never comes.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CLOSE_POLITE_S):
                        await connection.close(CloseCode.POLICY_VIOLATION, "too many messages")
                connection.transport.abort()
                return
            self._count_dropped(client.put(protocol.answer(message).encode()))

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
