"""Who may listen: hosts, origins and tokens."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.sinks.web import responses
from realtime_mer.sinks.web.access import Gate, is_loopback


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8765", "localhost:8765", "LOCALHOST", "[::1]:8765", "127.8.9.1", "localhost:9"],
)
def test_names_of_this_machine_are_welcome(host: str) -> None:
    """On loopback, whatever can only mean this machine is served, through any tunnel's port."""
    assert Gate("127.0.0.1", None).check_host(host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8765",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8765",
        "192.168.1.7:8765",
        "0.0.0.0:8765",
    ],
)
def test_other_names_are_refused_on_loopback(host: str) -> None:
    """A name that was re-pointed to this machine does not let its pages in."""
    refused = Gate("127.0.0.1", None).check_host(host)
    assert refused is not None
    assert refused.status == 403


@pytest.mark.parametrize(
    "host", [None, "", ":8765", "a b", "user@localhost", "localhost/x", "[::1", "localhost:x"]
)
def test_a_host_that_is_none_is_a_bad_request(host: str | None) -> None:
    """Without one valid Host header nothing can be decided."""
    refused = Gate("127.0.0.1", None).check_host(host)
    assert refused is not None
    assert refused.status in (400, 403)


def test_on_a_network_any_name_may_be_used() -> None:
    """Bound to a network, the machine may be called by names it does not know itself."""
    assert Gate("0.0.0.0", "secret").check_host("stage.lan:8765") is None


@pytest.mark.parametrize(
    ("host", "welcome"),
    [
        ("192.168.1.7:8765", True),
        ("[fd00::7]:8765", True),
        ("stage:8765", True),
        ("stage.local", True),
        ("stage.lan:8765", True),
        ("LOCALHOST:8765", True),
        ("visuals.example", True),
        (f"{socket.gethostname()}:8765", True),
        ("evil.example:8765", False),
        ("192.168.1.7.evil.example", False),
        ("stage.local.evil.example", False),
    ],
)
def test_with_nothing_to_know_a_public_name_is_refused(host: str, welcome: bool) -> None:
    """Open to a network without a token, a page of the internet still cannot re-point its name."""
    gate = Gate("0.0.0.0", None, ["https://visuals.example"])
    refused = gate.check_host(host)
    assert (refused is None) == welcome
    assert welcome or (refused is not None and refused.status == 403)


def test_a_page_without_tls_is_none_of_a_server_with_it() -> None:
    """Where the server speaks TLS itself, only https is its own; behind a proxy both are."""
    assert Gate("0.0.0.0", "x", secure=True).check_origin("http://stage:8765", "stage:8765")
    assert not Gate("0.0.0.0", "x", secure=True).check_origin("https://stage:8765", "stage:8765")
    for scheme in ("http", "https"):
        assert not Gate("0.0.0.0", "x").check_origin(f"{scheme}://stage:8765", "stage:8765")


def test_guessing_is_slowed_down_by_address() -> None:
    """After ten wrong tokens: 429 with the time to wait, for that address alone."""
    gate = Gate("0.0.0.0", "secret")
    for number in range(10):
        refused = gate.check_token(f"token={number}", None, "10.0.0.5", 0.0)
        assert refused is not None
        assert refused.status == 401
    refused = gate.check_token("token=secret", None, "10.0.0.5", 0.0)
    assert refused is not None
    assert refused.status == 429
    assert responses.refusal(refused).headers["Retry-After"] == "6"
    assert gate.check_token("token=secret", None, "10.0.0.6", 0.0) is None
    assert gate.check_token("token=secret", None, "10.0.0.5", 6.1) is None


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "127.0.0.1:8765"),
        ("http://127.0.0.1:8765", "127.0.0.1:8765"),
        ("HTTP://LocalHost:8765", "localhost:8765"),
        ("http://localhost", "localhost:80"),
        ("https://stage.example", "stage.example"),
        ("http://[::1]:8765", "[::1]:8765"),
        ("http://localhost:5500", "127.0.0.1:8765"),
    ],
)
def test_own_pages_and_programs_may_listen(origin: str | None, host: str) -> None:
    """The page's own origin, those allowed by name, and programs (which send none)."""
    gate = Gate("127.0.0.1", None, origins=["http://LOCALHOST:5500/"])
    assert gate.check_origin(origin, host) is None


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://127.0.0.1:9999",
        "http://127.0.0.1",
        "http://localhost:8765",
        "https://127.0.0.1:8765.evil.example",
        "ftp://127.0.0.1:8765",
        "null",
        "",
        "http://",
        "file://",
        "http://[::1",
    ],
)
def test_pages_of_other_origins_are_refused(origin: str) -> None:
    """Everything else is refused, however much it looks like this machine."""
    refused = Gate("127.0.0.1", None).check_origin(origin, "127.0.0.1:8765")
    assert refused is not None
    assert refused.status == 403


@given(st.text(), st.text())
def test_no_header_makes_the_gate_raise(origin: str, host: str) -> None:
    """Headers are anybody's text: they are refused or let in, never a traceback."""
    gate = Gate("127.0.0.1", "secret")
    gate.check_host(host)
    gate.check_origin(origin, host)
    assert gate.check_token(f"token={origin}x", host, "10.0.0.5", 0.0) is not None


@pytest.mark.parametrize(
    ("query", "authorization"),
    [
        ("token=caf%C3%A9+42", None),
        ("a=1&token=caf%C3%A9%2042", None),
        ("", "Bearer café 42"),
        ("", "bearer   café 42 "),
        ("", "Bearer " + "café 42".encode().decode("latin-1")),
    ],
)
def test_the_right_token_opens(query: str, authorization: str | None) -> None:
    """In the address or in the header, with the address's own encoding undone."""
    assert Gate("0.0.0.0", "café 42").check_token(query, authorization, "10.0.0.5", 0.0) is None


@pytest.mark.parametrize(
    ("query", "authorization"),
    [
        ("", None),
        ("token=", None),
        ("token=secre", None),
        ("token=secrett", None),
        ("TOKEN=secret", None),
        ("", "Basic secret"),
        ("", "Bearer"),
        ("", "secret"),
        ("&".join(f"a{k}=1" for k in range(20)) + "&token=secret", None),
    ],
)
def test_a_wrong_token_does_not(query: str, authorization: str | None) -> None:
    """Nothing, nearly right, elsewhere: all are refused, and asked for a bearer token."""
    refused = Gate("0.0.0.0", "secret").check_token(query, authorization, "10.0.0.5", 0.0)
    assert refused is not None
    assert refused.status == 401


def test_without_a_token_nothing_is_asked() -> None:
    """On loopback without a token any program of this machine may listen."""
    assert Gate("127.0.0.1", None).check_token("", None, "10.0.0.5", 0.0) is None


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("localhost.lan", False),
    ],
)
def test_loopback_is_told_from_the_network(host: str, loopback: bool) -> None:
    """Only addresses that never leave the machine count as loopback."""
    assert is_loopback(host) is loopback


LOCAL = {"peer": "127.0.0.1", "host": "127.0.0.1:8765", "origin": None}


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"peer": "::1", "host": "[::1]:8765"}, True),
        ({"peer": "::ffff:127.0.0.1"}, True),
        ({"origin": "http://127.0.0.1:8765"}, True),
        ({"origin": "http://localhost:8765"}, False),
        ({"origin": "http://localhost:5500"}, False),
        ({"origin": "null"}, False),
        ({"peer": "192.168.1.7"}, False),
        ({"peer": "192.168.1.7", "host": "localhost:8765"}, False),
        ({"host": "evil.example:8765", "origin": "http://evil.example:8765"}, False),
        ({"host": ""}, False),
        ({"proxied": True}, False),
    ],
)
def test_without_a_token_only_this_machine_commands(changes: dict[str, Any], may: bool) -> None:
    """A loopback peer under a loopback name, by a program or the server's own page."""
    gate = Gate("0.0.0.0", None, ["http://localhost:5500"])
    asked = {**LOCAL, "knows_token": True, "proxied": False, **changes}
    assert gate.may_command(**asked) is may


@given(st.text(max_size=30), st.text(max_size=30), st.none() | st.text(max_size=30))
def test_with_a_token_only_the_token_counts(peer: str, host: str, origin: str | None) -> None:
    """Who knows it may command from anywhere, who does not from nowhere; nothing raises."""
    gate = Gate("0.0.0.0", "open sesame")
    for knows in (True, False):
        assert gate.may_command(peer, host, origin, knows_token=knows, proxied=True) is knows
    Gate("0.0.0.0", None).may_command(peer, host, origin, knows_token=True, proxied=False)
