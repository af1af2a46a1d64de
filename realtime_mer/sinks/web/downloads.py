"""The history of the set over HTTP: written in a thread, a few at a time."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from realtime_mer.sinks.web import responses
from realtime_mer.sinks.web.access import Refusal
from realtime_mer.sinks.web.history import History, Snapshot

PATHS: Mapping[str, str] = {
    "/history.csv": "text/csv; charset=utf-8",
    "/history.json": "application/json",
}
AT_ONCE = 4
"""Downloads that may be under way; each is up to 12 MB that wait for the network."""
PATIENCE_S = 120.0
"""How long the network may take for one."""
GZIP_LEVEL = 2  # half the size of the plainest for a tenth of a second; higher gains little

BUSY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE, "Several are downloading already: try again in a moment."
)


class Downloads:
    """Answers requests for the whole set.

    Args:
        history: of the set.
    """

    def __init__(self, history: History) -> None:
        self._history = history
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
        connection.close_timeout = PATIENCE_S
        packed = "gzip" in ",".join(request.headers.get_all("Accept-Encoding")).lower()
        snapshot = self._history.snapshot()
        if stream := _stream_in(request.path):
            snapshot = snapshot.of(stream)
        body = await asyncio.to_thread(_write, snapshot, path, about, packed)
        name = time.strftime("set-%Y-%m-%d-%H%M") + path.removeprefix("/history")
        more = {"Content-Disposition": f'attachment; filename="{name}"'}
        if packed:
            more |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return responses.plain(HTTPStatus.OK, body, PATHS[path], **more)


def _stream_in(path: str) -> int:
    """Which stream a URL asks for: ``?stream=2``; 0 for all."""
    try:
        asked = parse_qs(urlsplit(path).query, max_num_fields=8).get("stream", [""])[-1]
    except ValueError:
        return 0
    return int(asked) if re.fullmatch("[0-9]{1,5}", asked) else 0


def _write(snapshot: Snapshot, path: str, about: Mapping[str, object], packed: bool) -> bytes:
    pieces = snapshot.csv() if path.endswith(".csv") else snapshot.json(about)
    body = "".join(pieces).encode()
    return gzip.compress(body, GZIP_LEVEL, mtime=0) if packed else body
