"""Many clients of the stream in one process, so cheap that they are not what is measured.

A client of the usual kind, a thousand times in one Python process, needs longer to wake, parse
and note a message than the server to send it. Here one loop waits for all sockets at once,
notes for each read when it was done, and looks at what was read only when nothing more comes.
A read that ends in the middle of a message is not its arrival: the one with its last byte is.
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from realtime_mer.limits.descriptors import allow_descriptors

Which = tuple[int, int]
"""The number of an estimate's stream, 0 where there is one alone, and its own in that."""
Arrivals = list[tuple[Which, float]]
"""Which estimates came, and when, in seconds of the monotonic clock."""

ESTIMATE = b'{"type":"estimate"'
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
LENGTHS = {126: 2, 127: 8}
"""Bytes of a length that does not fit in seven bits."""
PATIENCE_S = 60.0
READ_BYTES = 1 << 16
QUIET_S = 0.02
"""So long nothing may come before it is looked at what came."""


class Frames:
    """Puts the frames of a server together, however they were read."""

    def __init__(self, begun: bytes = b"") -> None:
        self._rest = begun

    def take(self, read: bytes) -> Iterator[tuple[int, bytes]]:
        """Take what was read; return each frame that is whole now: its opcode and its body."""
        data = self._rest + read
        place = 0
        while len(data) >= place + 2:
            length, start = data[place + 1], place + 2
            if length in LENGTHS:
                start += LENGTHS[length]
                length = int.from_bytes(data[place + 2 : start])
            if len(data) < start + length:
                break
            yield data[place] & 0x0F, data[start : start + length]
            place = start + length
        self._rest = data[place:]


class Listener:
    """One client: its socket, and what of a frame has come."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), PATIENCE_S)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        said = b""
        while b"\r\n\r\n" not in said:
            piece = self.socket.recv(READ_BYTES)
            if not piece:
                raise ConnectionResetError(f"the server let nobody in: {said.decode()}")
            said += piece
        head, _, begun = said.partition(b"\r\n\r\n")
        if b" 101 " not in head:
            raise ConnectionRefusedError(head.decode())
        self.frames = Frames(begun)
        self.socket.setblocking(False)

    def answer(self, ping: bytes) -> None:
        """Say that somebody is there; the mask is zeros, as nobody hides anything here."""
        with suppress(OSError):  # it may have gone since
            self.socket.send(bytes([0x80 | PONG, 0x80 | len(ping), 0, 0, 0, 0]) + ping)


class Crowd:
    """So many clients of one server; none of them needs a turn of its own.

    Args:
        host: of the server.
        port: of the server.
        count: how many.
    """

    def __init__(self, host: str, port: int, count: int) -> None:
        allow_descriptors(count + 64)
        self.arrivals: Arrivals = []
        self._selector = selectors.DefaultSelector()
        self._listening = count
        self._known: dict[bytes, Which] = {}
        self._read: list[tuple[Listener, float, bytes]] = []
        for _ in range(count):
            listener = Listener(host, port)
            self._selector.register(listener.socket, selectors.EVENT_READ, listener)

    def listen(self) -> None:
        """Note what comes until the server has closed every connection."""
        clock: Callable[[], float] = time.monotonic
        while self._listening or self._read:
            ready = self._selector.select(QUIET_S if self._read else 1.0)
            if not ready:
                self._look()
            for key, _ in ready:
                listener: Listener = key.data
                try:
                    data = listener.socket.recv(READ_BYTES)
                except ConnectionError:
                    data = b""
                if data:
                    self._read.append((listener, clock(), data))
                else:
                    self._leave(listener)

    def _look(self) -> None:
        """Find the estimates in what was read, and answer the keep-alive."""
        for listener, moment, data in self._read:
            for opcode, body in listener.frames.take(data):
                if opcode == PING:
                    listener.answer(body)
                elif opcode == CLOSE:
                    self._leave(listener)
                elif opcode == TEXT and body.startswith(ESTIMATE):
                    self.arrivals.append((self._which(body), moment))
        self._read.clear()

    def _leave(self, listener: Listener) -> None:
        if listener.socket.fileno() >= 0:
            self._selector.unregister(listener.socket)
            listener.socket.close()
            self._listening -= 1

    def _which(self, body: bytes) -> Which:
        """Read an estimate, once for all who got it."""
        if body not in self._known:
            self._known[body] = which(body)
        return self._known[body]


def which(estimate: str | bytes) -> Which:
    """Return which one a message is."""
    content = json.loads(estimate)
    return content.get("stream", 0), content["sequence"]
