"""Long answers leave in pieces, for as long as somebody takes them."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import tracemalloc
from collections.abc import Iterator

import pytest
from support.estimates import make_estimate
from support.web import LIMIT_S, get, listen, receive, until, web_sink

from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.clients import Limits

COUNT = 30_000
"""Four hours: megabytes of JSON."""


@pytest.fixture(scope="module")
def night() -> Iterator[WebSink]:
    """A tracker late in the night, which is not patient."""
    with web_sink(limits=Limits(stall_s=0.5)) as sink:
        for k in range(COUNT):
            sink._server._history.take(make_estimate(k))
        yield sink


@pytest.mark.parametrize("packed", [False, True])
def test_another_library_reads_it_whole(night: WebSink, packed: bool) -> None:
    """Python's own client, plain and packed, gets every row."""
    client = http.client.HTTPConnection("127.0.0.1", night.port, timeout=30)
    client.request("GET", "/history.csv", headers={"Accept-Encoding": "gzip"} if packed else {})
    answer = client.getresponse()
    assert answer.getheader("Transfer-Encoding") == "chunked"
    assert answer.getheader("Content-Length") is None
    assert answer.getheader("Content-Type") == "text/csv; charset=utf-8"
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    body = answer.read()
    text = (gzip.decompress(body) if packed else body).decode()
    assert text.count("\n") == COUNT + 1
    client.close()


def test_the_old_protocol_gets_it_without_lengths(night: WebSink) -> None:
    """HTTP/1.0 knows no pieces: the end of the connection is the end of the file."""
    with socket.create_connection(("127.0.0.1", night.port), timeout=30) as raw:
        raw.sendall(f"GET /history.json HTTP/1.0\r\nHost: 127.0.0.1:{night.port}\r\n\r\n".encode())
        answer = b""
        while chunk := raw.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert len(json.loads(body)["columns"]["arousal"]) == COUNT


@pytest.mark.e2e
def test_who_stops_taking_it_is_cut_and_others_go_on(night: WebSink) -> None:
    """Four who take nothing keep the place for half a second; the stream does not notice."""
    stuck = []
    with listen(night) as client:
        receive(client, "hello")
        for _ in range(4):
            raw = socket.socket()
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            raw.settimeout(LIMIT_S)
            raw.connect(("127.0.0.1", night.port))
            host = f"Host: 127.0.0.1:{night.port}"
            raw.sendall(f"GET /history.json HTTP/1.1\r\n{host}\r\n\r\n".encode())
            stuck.append(raw)
        until(lambda: get(night, "/history.csv")[0] == 503)
        night.publish(make_estimate(COUNT))
        assert receive(client, "estimate")["sequence"] == COUNT
        until(lambda: get(night, "/history.csv")[0] == 200, 30)
    for raw in stuck:
        raw.close()


def test_it_costs_little_memory(night: WebSink) -> None:
    """Beyond a copy of the numbers, 40 bytes each, a piece at a time: not the whole file."""
    size = len(get(night, "/history.json")[2])
    tracemalloc.start()
    try:
        with socket.create_connection(("127.0.0.1", night.port), timeout=30) as raw:
            host = f"Host: 127.0.0.1:{night.port}"
            raw.sendall(f"GET /history.csv HTTP/1.1\r\n{host}\r\n\r\n".encode())
            while raw.recv(65536):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 48 * COUNT + 1_200_000 < size + 48 * COUNT
