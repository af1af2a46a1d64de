"""A long answer over HTTP, sent piece by piece as the network takes it.

The library writes an answer whole, which for a night's history is megabytes for each
who asks. So the pieces go to the transport one after another, each made when the one before
has left (RFC 9112, section 7.1), and the library is given the end alone.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

GZIP = 16 + zlib.MAX_WBITS
GZIP_LEVEL = 2  # half the size of the plainest for a tenth of a second; higher gains little


class End(Response):
    """The end of an answer whose beginning has been sent."""

    end: bytes = b""

    def serialize(self) -> bytes:
        """Return what is left to send."""
        return self.end


async def send(
    connection: ServerConnection,
    request: Request,
    head: Response,
    pieces: Iterator[str],
    *,
    packed: bool,
    stall_s: float,
) -> Response:
    """Send an answer, and return its end for the library to send.

    Args:
        connection: it goes to.
        request: that is answered; one of HTTP/1.0 gets the pieces without their lengths.
        head: status and headers.
        pieces: of the body, made in a thread.
        packed: whether they are compressed, as gzip.
        stall_s: how long the network may take for one.

    Raises:
        TimeoutError: if it takes longer.
        ConnectionError: if the other end has gone.
    """
    chunked = request.protocol == "HTTP/1.1"
    del head.headers["Content-Length"]
    if chunked:
        head.headers["Transfer-Encoding"] = "chunked"
    transport = connection.transport
    transport.write(head.serialize())
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP) if packed else None

    def make() -> bytes | None:
        """Make the next piece; None after the last, empty where the packer keeps it all."""
        piece = next(pieces, None)
        if packer is None:
            return None if piece is None else piece.encode()
        return None if piece is None else packer.compress(piece.encode())

    while (piece := await asyncio.to_thread(make)) is not None:
        await _write(connection, _framed(piece, chunked), stall_s)
    rest = packer.flush() if packer else b""
    end = End(head.status_code, head.reason_phrase, head.headers)
    end.end = _framed(rest, chunked) + (b"0\r\n\r\n" if chunked else b"")
    return end


async def _write(connection: ServerConnection, data: bytes, stall_s: float) -> None:
    if connection.transport.is_closing():
        raise ConnectionResetError("the other end has gone")
    if data:
        connection.transport.write(data)
        async with asyncio.timeout(stall_s):
            await connection.drain()


def _framed(data: bytes, chunked: bool) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data) if data and chunked else data
