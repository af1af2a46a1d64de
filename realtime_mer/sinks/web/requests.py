"""Plain HTTP: who is turned away, and what the others get."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import MultipleValuesError
from websockets.http11 import Request, Response

from realtime_mer.oscquery.host import QueryHost, is_for_a_program
from realtime_mer.sinks.web import metrics, responses
from realtime_mer.sinks.web.access import Gate, Refusal
from realtime_mer.sinks.web.downloads import PATHS, Downloads
from realtime_mer.sinks.web.families import Families
from realtime_mer.sinks.web.journal import Journal
from realtime_mer.sinks.web.static import load_dashboard
from realtime_mer.sinks.web.way_in import INGEST, WayIn

STREAM, HEALTH, METRICS = "/ws", "/healthz", "/metrics"
NOTHING_HERE = "There is nothing here: the page is at /."


class Requests:
    """Answers every request that is no WebSocket, and says which of those may become one.

    Args:
        journal: what is known of the run.
        counters: counts who was refused.
        gate: who may come in.
        downloads: the whole set, to take along.
        query: answers OSCQuery, or None where that is not spoken.
        is_full: whether as many listen as may.
        way_in: takes sound, or None.
    """

    def __init__(
        self,
        journal: Journal,
        counters: metrics.Counters,
        gate: Gate,
        downloads: Downloads,
        query: QueryHost | None,
        is_full: Callable[[], bool],
        way_in: WayIn | None = None,
    ) -> None:
        self._journal = journal
        self._counters = counters
        self._gate = gate
        self._downloads = downloads
        self._query = query
        self._is_full = is_full
        self._way_in = way_in
        self._streams = (STREAM, INGEST) if way_in is not None else (STREAM,)
        self._files = load_dashboard()

    def answer(
        self, connection: ServerConnection, request: Request
    ) -> Response | Awaitable[Response] | None:
        """Answer plain HTTP; None lets the WebSocket handshake go on.

        For ``process_request`` of :func:`websockets.asyncio.server.serve`.
        """
        path, _, query = request.path.partition("?")
        asks_tree = self._asks_tree(path, query, request)
        try:
            peer = str(connection.remote_address[0])
            refused = self._refuse(path, query, request, asks_tree, peer)
        except MultipleValuesError:
            refused = Refusal(HTTPStatus.BAD_REQUEST, "A header came twice.")
        if refused is not None:
            self._counters.refused += 1
            return responses.refusal(refused)
        if path in self._streams or (asks_tree and _is_upgrade(request)):
            return None
        if asks_tree and self._query is not None:
            answer = self._query.answer(path, query, connection.local_address[1])
            return responses.description(answer, NOTHING_HERE)
        if path in PATHS:
            about = {"stream": self._journal.stream, **self._journal.fields}
            return self._downloads.answer(connection, request, path, about)
        if path == HEALTH:
            return self._health()
        if path == METRICS:
            now_s = time.monotonic()
            text = metrics.exposition(self._journal, self._counters, now_s)
            if self._way_in is not None:
                further = Families()
                self._way_in.add_metrics(further, now_s)
                text += further.text()
            return responses.plain(HTTPStatus.OK, text.encode(), metrics.CONTENT_TYPE)
        return responses.file(self._files[path], request.headers.get("If-None-Match"))

    def _asks_tree(self, path: str, query: str, request: Request) -> bool:
        """Whether a request is one of OSCQuery, which has all paths that nobody else has."""
        if self._query is None or path in (*self._streams, HEALTH, METRICS, *PATHS):
            return False
        if path in ("", "/"):
            accept = request.headers.get_all("Accept")
            return _is_upgrade(request) or is_for_a_program(accept, query)
        return path not in self._files

    def _refuse(
        self, path: str, query: str, request: Request, asks_tree: bool, peer: str
    ) -> Refusal | None:
        headers = request.headers

        def check_token() -> Refusal | None:
            authorization = headers.get("Authorization")
            return self._gate.check_token(query, authorization, peer, time.monotonic())

        if request.method != "GET":
            return Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET is understood here.")
        host = headers.get("Host")
        refused = self._gate.check_host(host)
        if refused is not None or host is None:
            return refused
        if not asks_tree and (path in self._files or path == HEALTH):
            return None  # the page is no secret, and whoever watches the process needs no token
        if path == METRICS:
            return check_token()
        if path in PATHS:
            return self._gate.check_origin(headers.get("Origin"), host) or check_token()
        if path not in self._streams and not asks_tree:
            return Refusal(HTTPStatus.NOT_FOUND, NOTHING_HERE)
        if path in self._streams and not _is_upgrade(request):
            return Refusal(HTTPStatus.UPGRADE_REQUIRED, "Here only WebSocket is spoken.")
        if path == INGEST and self._way_in is not None and self._way_in.is_full:
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Too many send sound already.")
        if path != INGEST and _is_upgrade(request) and self._is_full():
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Too many listen already.")
        return self._gate.check_origin(headers.get("Origin"), host) or check_token()

    def _health(self) -> Response:
        trouble = self._journal.trouble(time.monotonic())
        status = HTTPStatus.SERVICE_UNAVAILABLE if trouble else HTTPStatus.OK
        said = {"ok": not trouble, "reason": trouble, "estimates": self._journal.estimates}
        if self._way_in is not None and self._way_in.alone:
            said |= {"estimates": self._way_in.estimates, "streams": len(self._way_in)}
        return responses.plain(status, json.dumps(said).encode() + b"\n", "application/json")


def _is_upgrade(request: Request) -> bool:
    return ",".join(request.headers.get_all("Upgrade")).strip().lower() == "websocket"
