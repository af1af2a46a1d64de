"""The way in: strangers are few, brief and quiet, and the clients go on."""

from __future__ import annotations

import base64
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from support.estimates import make_estimate
from support.web import LIMIT_S, get, listen, metric, never_reading, receive, until, web_sink
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from realtime_mer.limits import descriptors
from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.clients import Limits
from realtime_mer.sinks.web.doorway import OTHER_FILES


@contextmanager
def stranger(sink: WebSink) -> Iterator[socket.socket]:
    """A connection that has not said anything yet."""
    with socket.create_connection(("127.0.0.1", sink.port), timeout=LIMIT_S) as raw:
        yield raw


def is_cut(raw: socket.socket) -> bool:
    """Wait until the other end closes; False if it stays."""
    try:
        while raw.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def masked(opcode: int, body: bytes) -> bytes:
    """A frame as a client sends it."""
    mask = os.urandom(4)
    size = (
        bytes([0x80 | len(body)])
        if len(body) < 126
        else bytes([0x80 | 126]) + struct.pack(">H", len(body))
        if len(body) < 65536
        else bytes([0x80 | 127]) + struct.pack(">Q", len(body))
    )
    return bytes([0x80 | opcode]) + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(body))


@pytest.mark.skipif(sys.platform == "win32", reason="there it is not limited before the handshake")
def test_no_more_than_so_many_stand_in_the_door() -> None:
    """One too many is closed unheard; clients do not stand there; who goes makes room."""
    with web_sink(limits=Limits(openings=3)) as sink, ExitStack() as opened:
        clients = [opened.enter_context(listen(sink)) for _ in range(5)]
        for client in clients:
            receive(client, "hello")
        standing = [opened.enter_context(stranger(sink)) for _ in range(3)]
        late = opened.enter_context(stranger(sink))
        assert is_cut(late)
        sink.publish(make_estimate(0))
        for client in clients:
            assert receive(client, "estimate")["sequence"] == 0
        standing[0].close()
        until(lambda: _turned_away(sink) >= 1)


def _turned_away(sink: WebSink) -> float:
    """How many were; 0 where the one who asks is turned away as well."""
    try:
        return metric(sink, "web_turned_away_total")
    except (OSError, IndexError):
        return 0.0


@pytest.mark.parametrize("said", [b"", b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_who_does_not_ask_is_shown_out(said: bytes) -> None:
    """Nothing, or half a request: closed when the time is over, while a client stays."""
    with web_sink(limits=Limits(opening_s=0.3)) as sink, listen(sink) as client:
        with stranger(sink) as raw:
            raw.sendall(said)
            assert is_cut(raw)
        with stranger(sink) as raw:  # a byte now and then does not help
            began = time.monotonic()
            with pytest.raises(OSError, match=r"reset|pipe|aborted"):  # noqa: PT012
                while time.monotonic() < began + LIMIT_S:
                    raw.sendall(b"G")
                    time.sleep(0.02)
        receive(client, "hello")
        sink.publish(make_estimate(0))
        assert receive(client, "estimate")["sequence"] == 0


def test_an_endless_request_is_cut() -> None:
    """A megabyte of headers is not even kept."""
    with web_sink() as sink, stranger(sink) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\n")
        with suppress(OSError):  # from the moment it is cut
            for number in range(2000):
                raw.sendall(b"X-%d: %s\r\n" % (number, b"x" * 500))
        assert is_cut(raw)
        until(lambda: metric(sink, "web_flooded_total") == 1)


@pytest.mark.parametrize("opcode", [0x9, 0xA, 0x1, 0x2, 0x0])
def test_a_flood_of_frames_is_ended_before_it_is_parsed(opcode: int) -> None:
    """Pings, pongs, messages or fragments, 100 kB of empty ones: out, the others do not notice."""
    with web_sink() as sink, listen(sink) as client, never_reading(sink) as raw:
        receive(client, "hello")
        began = time.monotonic()
        with pytest.raises(OSError, match=r"reset|pipe|aborted"):  # noqa: PT012
            while time.monotonic() < began + LIMIT_S:
                raw.sendall(masked(opcode, b"") * 16_000)
        until(lambda: sink.clients() == 1)
        assert metric(sink, "web_flooded_total") == 1 or opcode == 0  # no fragment comes first
        sink.publish(make_estimate(0))
        assert receive(client, "estimate")["sequence"] == 0


def test_a_message_has_few_pieces() -> None:
    """Empty ones, slow enough for every other limit, would otherwise fill the memory."""
    limits = Limits(bytes_per_s=1e6)
    with web_sink(limits=limits) as sink, listen(sink) as client:
        receive(client, "hello")
        client.socket.sendall(
            bytes([0x01, 0x80]) + bytes(4) + (bytes([0x00, 0x80]) + bytes(4)) * 80
        )
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012
            while True:
                client.recv(timeout=LIMIT_S)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "too many fragments")
        until(lambda: sink.clients() == 0)


def test_a_frame_that_is_too_long_is_told_so_at_once() -> None:
    """Ten megabytes in one frame: closed with 1009 at its head, the rest is not kept."""
    with web_sink() as sink, listen(sink) as client:
        raw = client.socket
        receive(client, "hello")
        frame = masked(0x1, b"x" * 70_000)[:14]
        raw.sendall(frame + b"x" * 60_000)
        with pytest.raises(Exception, match="1009"):  # noqa: PT012
            while True:
                client.recv(timeout=LIMIT_S)
        assert client.close_code == CloseCode.MESSAGE_TOO_BIG
        until(lambda: sink.clients() == 0)


@pytest.mark.skipif(sys.platform == "win32", reason="which counts no sockets")
def test_room_for_all_sockets_is_asked_for() -> None:
    """The usual 1,024 are raised as far as they may be, and never lowered."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = Limits().clients + Limits().openings + OTHER_FILES
    try:
        lower = min(soft, 900)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lower, hard))
        most = descriptors.UNLIMITED if hard == resource.RLIM_INFINITY else hard
        assert descriptors.allow_descriptors(wanted) == min(wanted, most)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(wanted, most)
        assert descriptors.allow_descriptors(10) == min(wanted, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_key_is_not_needed_to_be_refused() -> None:
    """An upgrade that is none, with careful headers on the answer as on any other."""
    with web_sink() as sink:
        status, headers, _ = get(sink, "/ws", Upgrade="websocket", Connection="Upgrade")
        assert status in (400, 426)
        assert headers["x-content-type-options"] == "nosniff"
        key = base64.b64encode(os.urandom(16)).decode()
        more = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Key": key}
        status, headers, _ = get(sink, "/ws", Sec_WebSocket_Version="7", **more)
        assert status in (400, 426)
        assert "default-src 'self'" in headers["content-security-policy"]
