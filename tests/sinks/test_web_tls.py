"""The page's port with TLS, through real clients."""

from __future__ import annotations

import socket
import ssl
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import pytest
from support.certificate import Pair, make_pair
from support.estimates import make_estimate
from support.web import LIMIT_S, hello, receive, until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from realtime_mer.config.merge import load_settings
from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.clients import Limits
from realtime_mer.tls import load_pair


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A certificate for this machine and its key."""
    return make_pair(tmp_path_factory.mktemp("tls"))


def secure_sink(pair: Pair, **options: object) -> closing[WebSink]:
    """A sink that speaks TLS."""
    tls = load_pair(pair.certificate, pair.key)
    return closing(WebSink("127.0.0.1", 0, hello=hello(), tls=tls, **options))  # type: ignore[arg-type]


def test_page_and_stream_are_encrypted(pair: Pair) -> None:
    """A client that trusts the certificate gets both, at https and wss, and estimates arrive."""
    with secure_sink(pair, token="word") as sink:
        assert sink.url == f"https://127.0.0.1:{sink.port}/"
        assert sink.stream_url == f"wss://127.0.0.1:{sink.port}/ws"
        trust = pair.client_context()
        with urllib.request.urlopen(sink.url + "?HTML", context=trust, timeout=LIMIT_S) as page:
            assert page.read().startswith(b"<!doctype html>")
        address = sink.stream_url + "?token=word"
        with connect(address, ssl=trust, origin=sink.url.rstrip("/")) as client:  # type: ignore[arg-type]
            receive(client, "hello")
            sink.publish(make_estimate(4))
            assert receive(client, "estimate")["sequence"] == 4
            assert client.socket.version() in ("TLSv1.2", "TLSv1.3")  # type: ignore[attr-defined]
        with (
            pytest.raises(InvalidStatus),
            connect(address, ssl=trust, origin=sink.url.rstrip("/").replace("https", "http")),  # type: ignore[arg-type]
        ):
            pass


def test_a_client_that_does_not_trust_it_learns_nothing(pair: Pair) -> None:
    """Neither it nor one that speaks plain HTTP, nor noise, harms the server."""
    with secure_sink(pair) as sink:
        with pytest.raises(ssl.SSLCertVerificationError), connect(sink.stream_url):
            pass
        for said in (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"\x16\x03\x01" + b"\xff" * 600):
            with socket.create_connection(("127.0.0.1", sink.port), timeout=LIMIT_S) as raw:
                raw.sendall(said)
                answer = b""
                with suppress(OSError):
                    while chunk := raw.recv(4096):
                        answer += chunk
                assert not answer.startswith(b"HTTP")
        with connect(sink.stream_url, ssl=pair.client_context()) as client:
            receive(client, "hello")


def test_half_a_handshake_does_not_stand_in_the_door_for_ever(pair: Pair) -> None:
    """It counts from the first byte, and goes when the time is over."""
    limits = Limits(openings=4, opening_s=0.3)
    with secure_sink(pair, limits=limits) as sink:
        standing = [socket.create_connection(("127.0.0.1", sink.port)) for _ in range(12)]

        def comes_in() -> bool:
            with (
                suppress(OSError, EOFError, TimeoutError, InvalidStatus),
                connect(sink.stream_url, ssl=pair.client_context(), open_timeout=1) as client,
            ):
                return bool(receive(client, "hello"))
            return False

        until(comes_in)
        for raw in standing:
            raw.close()


def test_the_pair_may_stand_in_a_file_or_the_environment(pair: Pair, tmp_path: Path) -> None:
    """As any setting."""
    show = tmp_path / "show.toml"
    show.write_text(f"tls_cert = '{pair.certificate}'\n")
    settings = load_settings({}, {"REALTIME_MER_TLS_KEY": str(pair.key)}, show)
    assert (settings.tls_cert, settings.tls_key) == (pair.certificate, pair.key)
