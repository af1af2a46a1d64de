"""A web sink to talk to, and its clients: polite ones, raw ones, one that never reads."""

from __future__ import annotations

import base64
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.hello import hello_fields

LIMIT_S = 10.0


def hello(**changes: Any) -> dict[str, object]:
    """What a tracker says about itself, with some of it changed."""
    fields: dict[str, Any] = {
        "model": "tiny",
        "provider": "cpu",
        "dimensions": ("arousal", "valence"),
        "device": "Scarlett 2i2 USB",
        "rate_hz": 48_000,
        "channels": 2,
        "osc": ["127.0.0.1:9000"],
        "version": "0.1.0",
    }
    return hello_fields(**(fields | changes))


@contextmanager
def web_sink(port: int = 0, **options: Any) -> Iterator[WebSink]:
    """A sink on a free port of this machine, closed at the end whatever happens."""
    options.setdefault("hello", hello())
    sink = WebSink(options.pop("host", "127.0.0.1"), port, **options)
    try:
        yield sink
    finally:
        sink.close()


def listen(sink: WebSink, query: str = "", **options: Any) -> ClientConnection:
    """Open the stream as a program does."""
    url = sink.url.replace("http", "ws", 1) + "ws" + query
    # A server that has cut the line off will not say goodbye: do not wait for it long.
    patience = {"open_timeout": LIMIT_S, "close_timeout": 0.5} | options
    return connect(url, compression=None, **patience)


def receive(client: ClientConnection, wanted: str) -> dict[str, Any]:
    """Return the next message of a type; others are passed over."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        message = json.loads(client.recv(timeout=LIMIT_S))
        if message["type"] == wanted:
            assert isinstance(message, dict)
            return message
    raise AssertionError(f"no {wanted} within {LIMIT_S} s")


def request(sink: WebSink, text: str) -> tuple[int, dict[str, str], bytes]:
    """Send a request exactly as written and return status, headers and body."""
    with socket.create_connection(("127.0.0.1", sink.port), timeout=LIMIT_S) as raw:
        raw.sendall(text.encode())
        answer = b""
        while chunk := raw.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join(_chunks(body))
    return int(status_line.split(" ")[1]), headers, body


def _chunks(body: bytes) -> Iterator[bytes]:
    """The pieces of a body, which has to have its end."""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            assert body == b"\r\n"
            return
        yield body[:length]
        assert body[length : length + 2] == b"\r\n"
        body = body[length + 2 :]


def get(
    sink: WebSink, path: str, host: str | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """GET a path; underscores in the names of headers stand for hyphens."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{sink.port}'}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return request(sink, "\r\n".join(lines) + "\r\n\r\n")


@contextmanager
def never_reading(sink: WebSink) -> Iterator[socket.socket]:
    """A client that shakes hands and then reads nothing, with as small a buffer as there is."""
    raw = socket.socket()
    try:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.settimeout(LIMIT_S)
        raw.connect(("127.0.0.1", sink.port))
        key = base64.b64encode(os.urandom(16)).decode()
        raw.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{sink.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += raw.recv(1)
        assert b" 101 " in head
        yield raw
    finally:
        raw.close()


def until(holds: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    """Wait until something is true.

    Raises:
        AssertionError: if it never was, within the limit.
    """
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


def metric(sink: WebSink, name: str) -> float:
    """Return one number of ``/metrics``."""
    _, _, body = get(sink, "/metrics")
    for line in body.decode().splitlines():
        if line.startswith(f"realtime_mer_{name} "):
            return float(line.rpartition(" ")[2])
    raise AssertionError(f"no metric {name}")
