"""Addresses as a person writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.addresses import format_target, parse_networks, parse_target
from realtime_mer.errors import UserError

names = st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z][a-z0-9-]{0,10}){0,3}", fullmatch=True)
hosts = names | st.ip_addresses(v=4).map(str) | st.ip_addresses(v=6).map(str)
ports = st.integers(1, 65_535)


@given(hosts, ports)
def test_what_is_formatted_is_parsed_back(host: str, port: int) -> None:
    """Any name, IPv4 or IPv6 address with a port survives the way there and back."""
    assert parse_target(format_target(host, port)) == (host, port)


@given(st.text() | st.from_regex(r"\[?[0-9a-f:.%\]]*:[0-9]{0,7}"))
def test_any_text_is_an_address_or_a_sentence(text: str) -> None:
    """No text makes anything but an address that is read back, or one sentence."""
    try:
        host, port = parse_target(text)
    except UserError as error:
        sentence = str(error)
        assert sentence.endswith(".")
        assert "\n" not in sentence
    else:
        assert host
        assert 1 <= port <= 65_535
        assert parse_target(format_target(host, port)) == (host, port)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:9000", ("127.0.0.1", 9000)),
        (" visuals.local:1 ", ("visuals.local", 1)),
        ("[::1]:9000", ("::1", 9000)),
        ("[fe80::1%eth0]:7000", ("fe80::1%eth0", 7000)),
        ("255.255.255.255:65535", ("255.255.255.255", 65_535)),
        ("bühne.local:9000", ("bühne.local", 9000)),
        ("host:0009", ("host", 9)),
    ],
)
def test_usual_addresses_are_understood(text: str, expected: tuple[str, int]) -> None:
    """What performers write is taken as they mean it."""
    assert parse_target(text) == expected


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("9000", "as in 127.0.0.1:9000"),
        (":9000", "names no host"),
        ("localhost", "as in localhost:9000"),
        ("", "names no port"),
        ("localhost:", "choose a number of 1 to 65535"),
        ("localhost:0", "choose a number of 1 to 65535"),
        ("localhost:65536", "choose a number of 1 to 65535"),
        ("localhost:+80", "is not a port"),
        ("localhost:٣", "is not a port"),
        ("localhost:" + "9" * 5000, "is not a port"),
        ("::1:9000", "in brackets, as in [::1]:9000"),
        ("[::1]", "as in [::1]:9000"),
        ("[::1]9000", "as in [::1]:9000"),
        ("[localhost]:9000", "is not an IPv6 address"),
        ("256.0.0.1:9000", "is not an IPv4 address"),
        ("http://localhost:8765", "write only host and port"),
        ("two words:9000", "names no host"),
    ],
)
def test_a_wrong_address_is_answered_with_how_to_write_it(text: str, remedy: str) -> None:
    """Each kind of mistake gets its own remedy."""
    with pytest.raises(UserError) as caught:
        parse_target(text)
    assert remedy in str(caught.value)


def test_a_server_may_ask_for_any_free_port() -> None:
    """Port 0 is an address to listen at, never one to send to."""
    assert parse_target("127.0.0.1:0", any_port=True) == ("127.0.0.1", 0)


def test_networks_are_addresses_or_ranges_of_them() -> None:
    """Single addresses, networks by their bits, both kinds of IP; host bits do not matter."""
    networks = parse_networks("10.0.0.5, 192.168.1.77/24,fe80::/10,")
    assert list(map(str, networks)) == ["10.0.0.5/32", "192.168.1.0/24", "fe80::/10"]
    assert parse_networks(" ") == ()


@pytest.mark.parametrize("text", ["here", "10.0.0.256", "10.0.0.0/64", "10.0.0.5:9001"])
def test_networks_that_are_none_get_a_sentence(text: str) -> None:
    """What is no address is named."""
    with pytest.raises(UserError, match="no IP address"):
        parse_networks(text)
