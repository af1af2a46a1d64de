"""Bytes from a client that may be anything, through a real socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.estimates import make_estimate
from support.web import listen, never_reading, receive, request, until, web_sink

from realtime_mer.sinks.web import WebSink
from soaks.frames import frame, head_of

FRAMES = st.builds(
    frame, st.integers(0, 15), st.binary(max_size=300), final=st.booleans()
) | st.builds(head_of, st.integers(0, 15), st.integers(0, 2**63 - 1), final=st.booleans())
BYTES = st.binary(max_size=300) | st.lists(FRAMES, max_size=6).map(b"".join)
CALM = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def sink() -> Iterator[WebSink]:
    """A sink for many clients one after another."""
    with web_sink() as opened:
        yield opened


def is_well(sink: WebSink) -> None:
    """Another client comes in and is told what is published."""
    with listen(sink) as client:
        receive(client, "hello")
        sink.publish(make_estimate(1))
        assert receive(client, "estimate")["sequence"] == 1


@CALM
@given(BYTES)
def test_no_frames_harm_the_server(sink: WebSink, said: bytes) -> None:
    """After any bytes on an open stream the next client is served, and this one is forgotten."""
    with never_reading(sink) as raw, suppress(OSError):
        raw.sendall(said)
        raw.shutdown(socket.SHUT_WR)
    is_well(sink)
    until(lambda: sink.clients() == 0)


@CALM
@given(
    BYTES, st.sampled_from([b"", b"GET / HTTP/1.1\r\n", b"GET /ws HTTP/1.1\r\nHost: localhost\r\n"])
)
def test_no_request_harms_the_server(sink: WebSink, said: bytes, begin: bytes) -> None:
    """Nor any bytes in place of a request, or in the middle of one."""
    with socket.create_connection(("127.0.0.1", sink.port), timeout=5) as raw, suppress(OSError):
        raw.sendall(begin + said)
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(4096):
            pass
    assert request(sink, "GET /app.js HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 200
