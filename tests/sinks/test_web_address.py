"""Taking a port, and what a person is told when that fails."""

from __future__ import annotations

import socket
import threading

import pytest
from support.web import hello, web_sink

from realtime_mer.errors import UserError
from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.address import bind, page_url


def test_any_free_port_is_told() -> None:
    """Port 0 gives a real one, and the address to open with it."""
    with web_sink() as sink:
        assert sink.port > 0
        assert sink.url == f"http://127.0.0.1:{sink.port}/"


def test_a_taken_port_is_said_with_the_flag() -> None:
    """The sentence names port and host and what to write instead; nothing is left running."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        threads = threading.active_count()
        with pytest.raises(UserError) as error:
            WebSink("127.0.0.1", port, hello=hello())
        assert str(error.value) == (
            f"Port {port} on 127.0.0.1 is already in use: choose another "
            f"with --web 127.0.0.1:{port + 1}, or --no-web."
        )
        assert threading.active_count() == threads


def test_the_other_port_exists() -> None:
    """Where there is no port above, the one below is proposed."""
    try:
        taken = socket.create_server(("127.0.0.1", 65_535))
    except OSError:
        taken = None  # somebody has it already, which serves as well
    with pytest.raises(UserError, match=r"--web 127\.0\.0\.1:65534"):
        bind("127.0.0.1", 65_535, open_to_network=False)
    if taken is not None:
        taken.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "stage.example"])
def test_a_network_wants_a_token(host: str) -> None:
    """Any address but loopback is refused before anything is looked up or opened."""
    with pytest.raises(UserError) as error:
        WebSink(host, 8765, hello=hello())
    assert str(error.value) == (
        f"On {host} everyone on the network could watch: give a --token WORD they must know, "
        "or keep to this machine with --web 127.0.0.1:8765."
    )


@pytest.mark.parametrize("options", [{"insecure": True}, {"token": "secret"}])
def test_a_network_is_served_where_that_is_meant(options: dict[str, object]) -> None:
    """With a token, or with the risk accepted, every interface is listened on."""
    with web_sink(host="0.0.0.0", **options) as sink:
        assert f":{sink.port}/" in sink.url
        assert "0.0.0.0" not in sink.url
        with socket.create_connection(("127.0.0.1", sink.port), timeout=5):
            pass


@pytest.mark.parametrize("token", ["", "  "])
def test_an_empty_token_is_none(token: str) -> None:
    """A token that was forgotten does not open the network."""
    with pytest.raises(UserError, match="token"):
        WebSink("0.0.0.0", 0, hello=hello(), token=token)


def test_an_address_of_another_machine_is_said() -> None:
    """192.0.2.7 is kept for documentation: no machine has it."""
    with pytest.raises(UserError, match=r"cannot listen on 192\.0\.2\.7.*--no-web"):
        bind("192.0.2.7", 0, open_to_network=True)


def test_a_port_that_cannot_be_is_said() -> None:
    """Numbers beyond the last port are refused with the range."""
    with pytest.raises(UserError, match="1 to 65535"):
        bind("127.0.0.1", 70_000, open_to_network=False)


def test_localhost_is_one_socket() -> None:
    """The name is taken as the IPv4 loopback, where every browser looks."""
    with bind("localhost", 0, open_to_network=False) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/"),
        ("::1", "http://[::1]:80/"),
        ("a.lan", "http://a.lan:80/"),
    ],
)
def test_the_address_is_written_as_a_browser_wants_it(host: str, url: str) -> None:
    """IPv6 gets its brackets."""
    assert page_url(host, 80) == url
