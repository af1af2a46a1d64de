"""The sockets: one asyncio server for the page, the stream, OSCQuery, health and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast

from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import CloseCode

from realtime_mer.estimate import Estimate, Status
from realtime_mer.oscquery.host import QueryHost
from realtime_mer.sinks.web import metrics, protocol, responses
from realtime_mer.sinks.web.access import Gate
from realtime_mer.sinks.web.clients import Limits
from realtime_mer.sinks.web.commanding import Desk
from realtime_mer.sinks.web.connection import (
    CLOSE_POLITE_S,
    LimitedConnection,
    connection_class,
)
from realtime_mer.sinks.web.doorway import Doorway
from realtime_mer.sinks.web.downloads import Downloads
from realtime_mer.sinks.web.history import History
from realtime_mer.sinks.web.holding import tell_who_was_cut_off
from realtime_mer.sinks.web.journal import Journal
from realtime_mer.sinks.web.osc_listeners import OscListeners, Take
from realtime_mer.sinks.web.requests import STREAM, Requests
from realtime_mer.sinks.web.watchers import Watchers
from realtime_mer.sinks.web.way_in import INGEST, WayIn

log = logging.getLogger(__name__)

# The library's own log would show request lines, tokens included, and a traceback for
# every scanner that knocks: it stays off whatever a person's logging is set to.
_wire_log = logging.getLogger(f"{__name__}.wire")
_wire_log.setLevel(logging.CRITICAL)
_wire_log.propagate = False

CLOSE_CUT_S = 0.2


class Server:
    """Lives on one event loop; every method is called from it.

    Args:
        journal: what clients are told.
        gate: who may be one.
        limits: how many, and how patient the server is with them.
        query: answers OSCQuery, or None where that is not spoken.
        take_osc: is given the OSC that a client of OSCQuery sends, and its IP address; returns
            what is to be said against it.
        desk: does what a page asks for, or None where there is nothing to set.
        way_in: takes sound from clients, or None.
    """

    def __init__(
        self,
        journal: Journal,
        gate: Gate,
        limits: Limits,
        query: QueryHost | None = None,
        take_osc: Take | None = None,
        desk: Desk | None = None,
        way_in: WayIn | None = None,
    ) -> None:
        self.journal = journal
        self.counters = metrics.Counters()
        self.watchers = Watchers(journal, gate, limits, self.counters, desk)
        self.listeners = (
            None if query is None else OscListeners(query, limits, self.counters, take_osc)
        )
        self._limits = limits
        self._way_in = way_in
        if way_in is not None and way_in.alone:
            journal.judge = way_in.trouble
        self._doorway = Doorway(limits, self.counters)
        self._history = History()
        downloads = Downloads(self._history, limits.stall_s)
        self._requests = Requests(
            journal, self.counters, gate, downloads, query, self._is_full, way_in
        )

    async def run(
        self,
        listener: socket.socket,
        ready: Callable[[], None],
        stop: asyncio.Event,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Serve on a listening socket until ``stop`` is set; ``ready`` is called once."""
        server = await serve(
            self._serve_client,
            sock=self._doorway.listener(listener),
            ssl=tls,
            ssl_handshake_timeout=None if tls is None else self._limits.opening_s,
            process_request=self._requests.answer,
            process_response=responses.be_careful,
            create_connection=connection_class(self._doorway),
            compression=None,  # half the processor for a few bytes of small messages
            max_size=protocol.MAX_CLIENT_MESSAGE_BYTES,  # more for who may command
            max_queue=4,
            write_limit=self._limits.write_bytes,
            open_timeout=None,  # a download takes longer: the connection itself limits it
            close_timeout=self._limits.farewell_s,
            ping_interval=self._limits.ping_s,
            ping_timeout=self._limits.ping_s,
            server_header=None,
            logger=_wire_log,
        )
        telling = asyncio.create_task(tell_who_was_cut_off(self.counters))
        ready()
        await stop.wait()
        server.close(code=CloseCode.GOING_AWAY, reason="the tracker has stopped")
        closed = asyncio.ensure_future(server.wait_closed())
        await asyncio.wait({closed}, timeout=CLOSE_POLITE_S)
        self._doorway.abort_all()
        await asyncio.wait({closed}, timeout=CLOSE_CUT_S)
        closed.cancel()
        telling.cancel()
        self.watchers.close()
        if self._way_in is not None:
            self._way_in.close()

    def publish(self, news: Iterable[Estimate | Status]) -> None:
        """Remember estimates and states of the run, and tell every client; returns at once.

        What cannot be said in JSON is counted and left out.
        """
        said: list[str] = []
        estimates: list[Estimate] = []
        for each in news:
            with self._counting_faults():
                if isinstance(each, Estimate):
                    said.append(self.journal.record_estimate(each, time.monotonic()))
                    estimates.append(each)
                else:
                    said.append(self.journal.record_status(each))
        if said:
            self.watchers.publish(said)
        for estimate in estimates:
            with self._counting_faults():
                self._history.take(estimate)
                self.watchers.meter(estimate)

    def publish_osc(self, packets: Sequence[bytes]) -> None:
        """Send OSC messages to those who listen to their addresses."""
        if self.listeners is not None:
            self.listeners.publish(packets)

    async def _serve_client(self, connection: ServerConnection) -> None:
        """Serve one client until it goes, or is cut off."""
        self._doorway.let_in(connection)
        limited = cast(LimitedConnection, connection)  # as create_connection makes them
        sock = connection.transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._limits.socket_bytes)
        listeners = self.listeners
        path = connection.request.path.partition("?")[0] if connection.request else STREAM
        if path == INGEST and self._way_in is not None:
            await self._way_in.serve(connection)
        elif listeners is None or path == STREAM:
            await self.watchers.serve(limited)
        else:
            await listeners.serve(limited)

    def _is_full(self) -> bool:
        listening = len(self.listeners) if self.listeners is not None else 0
        return len(self.watchers) + listening >= self._limits.clients

    @contextlib.contextmanager
    def _counting_faults(self) -> Iterator[None]:
        """Count what cannot be said, and go on."""
        try:
            yield
        except (ValueError, TypeError) as error:
            if not self.counters.faulty:
                log.warning("a message for the web could not be written: %s", error)
            self.counters.faulty += 1
