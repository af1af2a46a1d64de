"""The history of the set over HTTP: written in a thread, in pieces, for a few at a time."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from realtime_mer.sinks.web import chunks, responses
from realtime_mer.sinks.web.access import Refusal
from realtime_mer.sinks.web.history import History, Snapshot

PATHS: Mapping[str, str] = {
    "/history.csv": "text/csv; charset=utf-8",
    "/history.json": "application/json",
}
AT_ONCE = 4
"""Downloads that may be under way; each has a copy of the set and a piece of the file."""
STALL_S = 10.0
"""How long the network may take for a piece."""

BUSY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE, "Several are downloading already: try again in a moment."
)


class Downloads:
    """Answers requests for the whole set.

    Args:
        history: of the set.
        stall_s: how long the network may take for a piece.
    """

    def __init__(self, history: History, stall_s: float = STALL_S) -> None:
        self._history = history
        self._stall_s = stall_s
        self._under_way: set[asyncio.BaseTransport] = set()

    async def answer(
        self, connection: ServerConnection, request: Request, path: str, about: Mapping[str, object]
    ) -> Response:
        """Return a file.

        Args:
            connection: it goes to.
            request: what was asked.
            path: one of :data:`PATHS`.
            about: what is said of the run.
        """
        self._under_way = {each for each in self._under_way if not each.is_closing()}
        if len(self._under_way) >= AT_ONCE:
            return responses.refusal(BUSY)
        self._under_way.add(connection.transport)
        packed = "gzip" in ",".join(request.headers.get_all("Accept-Encoding")).lower()
        pieces = _pieces(self._history.snapshot(), _stream_in(request.path), path, about)
        name = time.strftime("set-%Y-%m-%d-%H%M") + path.removeprefix("/history")
        more = {"Content-Disposition": f'attachment; filename="{name}"'}
        if packed:
            more |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        head = responses.plain(HTTPStatus.OK, b"", PATHS[path], **more)
        try:
            return await chunks.send(
                connection, request, head, pieces, packed=packed, stall_s=self._stall_s
            )
        except (TimeoutError, ConnectionError):
            connection.transport.abort()
            return head


def _stream_in(path: str) -> int:
    """Which stream a URL asks for: ``?stream=2``; 0 for all."""
    try:
        asked = parse_qs(urlsplit(path).query, max_num_fields=8).get("stream", [""])[-1]
    except ValueError:
        return 0
    return int(asked) if re.fullmatch("[0-9]{1,5}", asked) else 0


def _pieces(
    snapshot: Snapshot, stream: int, path: str, about: Mapping[str, object]
) -> Iterator[str]:
    """Write a file in pieces; the first of them is the work of a moment, for any thread."""
    if stream:
        snapshot = snapshot.of(stream)
    yield from snapshot.csv() if path.endswith(".csv") else snapshot.json(about)
