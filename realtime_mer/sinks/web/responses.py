"""Plain HTTP answers, each with the headers that keep a browser careful."""

from __future__ import annotations

import math
from email.utils import formatdate
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from realtime_mer.oscquery.host import Answer
from realtime_mer.sinks.web.access import Refusal
from realtime_mer.sinks.web.static import StaticFile

TEXT = "text/plain; charset=utf-8"

# The page loads nothing from elsewhere, so nothing from elsewhere is allowed to it.
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def plain(status: HTTPStatus, body: bytes, content_type: str, **more: str) -> Response:
    """Return an answer that is complete in itself and never cached."""
    headers = {"Content-Type": content_type, "Cache-Control": "no-store", **more}
    return _respond(status, body, headers)


def description(answer: Answer, more: str) -> Response:
    """Return an answer of OSCQuery; ``more`` is the sentence for what is not there."""
    if answer.status is HTTPStatus.OK:
        return plain(answer.status, answer.body, "application/json")
    if answer.status is HTTPStatus.NO_CONTENT:
        return _respond(answer.status, b"", {"Cache-Control": "no-store"})
    return plain(answer.status, f"{more}\n".encode(), TEXT)


def refusal(why: Refusal) -> Response:
    """Return the answer to a request that is turned away."""
    more = {"WWW-Authenticate": "Bearer"} if why.status is HTTPStatus.UNAUTHORIZED else {}
    if why.wait_s > 0.0:
        more["Retry-After"] = str(math.ceil(why.wait_s))
    return plain(why.status, f"{why.sentence}\n".encode(), TEXT, **more)


def file(found: StaticFile, known_etag: str | None) -> Response:
    """Return a file of the page, or 304 where the browser has it already.

    ``no-cache`` makes the browser ask every time: after an upgrade the page and the
    server always fit together.
    """
    headers = {"Cache-Control": "no-cache", "ETag": found.etag}
    if known_etag is not None and found.etag in known_etag:
        return _respond(HTTPStatus.NOT_MODIFIED, b"", headers)
    return _respond(HTTPStatus.OK, found.body, {"Content-Type": found.content_type, **headers})


def be_careful(connection: ServerConnection, request: Request, response: Response) -> None:
    """Add the careful headers to what the library itself answers, such as to half a handshake.

    For ``process_response`` of :func:`websockets.asyncio.server.serve`.
    """
    if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
        return
    for name, value in SECURITY.items():
        if name not in response.headers:
            response.headers[name] = value


def _respond(status: HTTPStatus, body: bytes, headers: dict[str, str]) -> Response:
    bodiless = status in (HTTPStatus.NOT_MODIFIED, HTTPStatus.NO_CONTENT)
    length = {} if bodiless else {"Content-Length": str(len(body))}
    every = {"Date": formatdate(usegmt=True), "Connection": "close", **length, **SECURITY}
    return Response(status.value, status.phrase, Headers(every | headers), body)
