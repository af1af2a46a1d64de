"""The web sink: hands estimates from the tracker's thread to the server's own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence

from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate, Status
from realtime_mer.oscquery.host import QueryHost
from realtime_mer.oscquery.packets import address_of
from realtime_mer.reach import Reach
from realtime_mer.sinks.web.access import Gate
from realtime_mer.sinks.web.address import bind, page_url
from realtime_mer.sinks.web.clients import Limits
from realtime_mer.sinks.web.commanding import Desk
from realtime_mer.sinks.web.journal import HISTORY_ESTIMATES, Journal
from realtime_mer.sinks.web.osc_listeners import Take
from realtime_mer.sinks.web.requests import STREAM
from realtime_mer.sinks.web.server import Server
from realtime_mer.sinks.web.way_in import WayIn
from realtime_mer.tls import ServerTls

log = logging.getLogger(__name__)

START_S = 10.0
CLOSE_S = 0.9
AT_ONCE = 16
"""Estimates and statuses that are written together: some 4 kB, as much as a client may leave."""
MOST_OSC_WAITING = 4096
"""OSC messages that may wait for the server's thread."""


class WebSink:
    """The dashboard at ``/``, the stream at ``/ws``, OSCQuery, ``/healthz`` and ``/metrics``.

    Args:
        host: address to listen on. Any but loopback needs ``token`` or ``insecure``.
        port: 0 for any free one; :attr:`url` has the real one.
        hello: what is said about the run, see :func:`~realtime_mer.sinks.web.hello.hello_fields`.
        token: what clients of the stream must know; None asks nothing.
        insecure: let the whole network watch without a token.
        tls: certificate and key, or None to serve without TLS.
        origins: other origins whose pages may connect, such as ``http://localhost:5500``.
        limits: bounds on clients and on the patience with them.
        query: answers OSCQuery on the same port, or None; :meth:`take_osc` tells it what is sent.
        take_control: is given the OSC that clients of OSCQuery send, with the IP address it
            comes from, and returns what is to be said against it; None takes none.
        desk: does what a page that may do so asks for; None where there is nothing to set.
        way_in: takes sound from clients, or None.
        reach: how it goes with whom the run reaches, for ``/metrics``.

    Attributes:
        url: the address a person opens, without the token.
        stream_url: the address of the stream, ``ws://`` or ``wss://``.
        port: the port that was taken.

    Raises:
        UserError: if the port is taken or not allowed, the address is not one of this
            machine, or it is open to a network without a token.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        hello: Mapping[str, object],
        token: str | None = None,
        insecure: bool = False,
        tls: ServerTls | None = None,
        origins: Sequence[str] = (),
        limits: Limits | None = None,
        query: QueryHost | None = None,
        take_control: Take | None = None,
        desk: Desk | None = None,
        way_in: WayIn | None = None,
        reach: Reach | None = None,
    ) -> None:
        if token is not None and not token.strip():
            raise UserError("The token for the web page is empty: give one nobody can guess.")
        if way_in is not None:
            hello = {**hello, "ingest": way_in.described()}
        journal = Journal(hello, time.monotonic(), reach)
        gate = Gate(host, token, origins, secure=tls is not None)
        self._server = Server(journal, gate, limits or Limits(), query, take_control, desk, way_in)
        self._tls = tls.context if tls else None
        self._query = query
        self._listener = bind(host, port, open_to_network=insecure or token is not None)
        self.port: int = self._listener.getsockname()[1]
        self.url = page_url(host, self.port, tls)
        self.stream_url = self.url.replace("http", "ws", 1) + STREAM.removeprefix("/")
        # Bounded, so that a server that hangs cannot fill the memory with what it is owed.
        self._inbox: deque[Estimate | Status] = deque(maxlen=2 * HISTORY_ESTIMATES)
        self._osc_inbox: deque[bytes] = deque(maxlen=MOST_OSC_WAITING)
        self._inbox_lock = threading.Lock()
        self._scheduled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_S) or self._failure is not None:
            self._listener.close()
            raise RuntimeError("the web server did not start") from self._failure
        if query is not None:
            query.on_change = self._tell_changed

    def publish(self, estimate: Estimate) -> None:
        """Pass on one estimate; returns at once."""
        self._hand_over(estimate)

    def report(self, status: Status) -> None:
        """Pass on the state of the run; returns at once."""
        self._hand_over(status)

    def take_osc(self, packets: Sequence[bytes]) -> None:
        """Tell those who listen by OSCQuery what is sent by OSC; returns at once.

        Args:
            packets: one message each.
        """
        listeners = self._server.listeners
        if self._query is None or listeners is None:
            return
        self._query.take(packets)
        if wanted := listeners.wanted:
            heard = [packet for packet in packets if address_of(packet) in wanted]
            if heard:
                self._hand_over(heard)

    def refused(self) -> int:
        """Return how many messages of clients were answered with an error."""
        return self._server.counters.misunderstood

    def clients(self) -> int:
        """Return how many listen now."""
        return self._server.counters.connected

    def close(self) -> None:
        """Say goodbye to every client, cut off who does not answer, free the port."""
        loop, self._loop = self._loop, None
        if loop is not None and self._stop is not None:
            try:
                loop.call_soon_threadsafe(self._stop.set)
            except RuntimeError:  # the loop has ended by itself
                log.debug("the web server had stopped before it was closed")
        self._thread.join(CLOSE_S)

    def _hand_over(self, item: Estimate | Status | list[bytes]) -> None:
        """Leave something for the server's thread, and wake it once for all that waits."""
        loop = self._loop
        if loop is None:
            return
        with self._inbox_lock:
            if isinstance(item, list):
                self._osc_inbox.extend(item)
            else:
                self._inbox.append(item)
            wake = not self._scheduled
            self._scheduled = True
        if wake:
            try:
                loop.call_soon_threadsafe(self._deliver)
            except RuntimeError:  # closed meanwhile: there is nobody left to tell
                self._loop = None

    def _tell_changed(self) -> None:
        """Have the server tell listeners that there are other addresses."""
        loop, listeners = self._loop, self._server.listeners
        if loop is not None and listeners is not None:
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                loop.call_soon_threadsafe(listeners.tell_changed)

    def _deliver(self) -> None:
        """On the server's thread: give it what waits, some at a time until nothing does.

        After a halt hundreds may wait: whoever speaks or knocks has a turn in between, and no
        client is given more at once than it may leave waiting.
        """
        with self._inbox_lock:
            some = min(len(self._inbox), AT_ONCE)
            news = [self._inbox.popleft() for _ in range(some)]
            packets = list(self._osc_inbox)
            self._osc_inbox.clear()
            self._scheduled = bool(self._inbox)
            if self._scheduled:
                asyncio.get_running_loop().call_soon(self._deliver)
        self._server.publish(news)
        self._server.publish_osc(packets)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            self._failure = error
            log.exception("the web server stopped")
        finally:
            self._loop = None
            self._ready.set()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        await self._server.run(self._listener, self._ready.set, self._stop, self._tls)
