"""Network addresses as a person writes them: ``HOST:PORT``."""

from __future__ import annotations

import ipaddress
import re

from realtime_mer.errors import UserError

HIGHEST_PORT = 65_535

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK: tuple[Network, ...] = (
    ipaddress.IPv4Network("127.0.0.0/8"),
    ipaddress.IPv6Network("::1/128"),
)
"""This machine, talking to itself."""

# A name, or IPv4 in dots. What may not be part of either is what URLs are made of.
_HOST = re.compile(r"[^\s/\\:\[\]@?#]+")
_LOOKS_LIKE_IPV4 = re.compile(r"[0-9.]+")


def parse_target(text: str, *, any_port: bool = False) -> tuple[str, int]:
    """Split ``HOST:PORT`` into its two parts; nothing is looked up.

    Args:
        text: ``127.0.0.1:9000``, ``visuals.local:9000``, ``[::1]:9000``; spaces around it
            are ignored.
        any_port: whether port 0 is allowed, which a server takes as "any free one".

    Returns:
        The host without brackets, and the port as a number of 1 (or 0) to 65535.

    Raises:
        UserError: if the text is no such address; the sentence shows how to write it.

    >>> parse_target("127.0.0.1:9000"), parse_target("[::1]:9000")
    (('127.0.0.1', 9000), ('::1', 9000))
    """
    text = text.strip()
    if "://" in text:
        raise UserError(f"{text!r} is a URL: write only host and port, as in 127.0.0.1:9000.")
    if text.isascii() and text.isdigit():
        raise UserError(f"{text!r} names no host: write HOST:PORT, as in 127.0.0.1:{text}.")
    if text.startswith("["):
        host, bracket, port_text = text[1:].partition("]")
        if not bracket or not port_text.startswith(":"):
            raise UserError(f"{text!r} is not [IPV6]:PORT: write it as in [::1]:9000.")
        port_text = port_text[1:]
        _check_ipv6(host, text)
    else:
        host, colon, port_text = text.rpartition(":")
        if ":" in host:
            raise UserError(
                f"{text!r} has more than one colon: write an IPv6 address in brackets, "
                "as in [::1]:9000."
            )
        if not colon:
            example = text if _HOST.fullmatch(text) else "127.0.0.1"
            raise UserError(f"{text!r} names no port: write HOST:PORT, as in {example}:9000.")
        _check_host(host, text)
    return host, _parse_port(port_text, text, lowest=0 if any_port else 1)


def format_target(host: str, port: int) -> str:
    """Write an address so that :func:`parse_target` reads it back.

    >>> format_target("::1", 9000)
    '[::1]:9000'
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks, separated by commas.

    Raises:
        UserError: where one is neither.

    >>> [str(network) for network in parse_networks("10.0.0.5, 192.168.1.0/24")]
    ['10.0.0.5/32', '192.168.1.0/24']
    """
    networks: list[Network] = []
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            networks.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            raise UserError(
                f"{part!r} is no IP address: write one, such as 10.0.0.5, or a network, "
                "such as 10.0.0.0/24."
            ) from None
    return tuple(networks)


def _check_ipv6(host: str, text: str) -> None:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        raise UserError(
            f"{host!r} in {text!r} is not an IPv6 address: write it as in [::1]:9000."
        ) from None


def _check_host(host: str, text: str) -> None:
    if not _HOST.fullmatch(host):
        raise UserError(f"{text!r} names no host: write HOST:PORT, as in 127.0.0.1:9000.")
    if _LOOKS_LIKE_IPV4.fullmatch(host):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise UserError(
                f"{host!r} in {text!r} is not an IPv4 address: write four numbers of 0 to 255, "
                "as in 127.0.0.1:9000."
            ) from None


def _parse_port(port_text: str, text: str, lowest: int) -> int:
    digits = port_text.isascii() and port_text.isdigit()
    # The length guards int() against a novel of digits.
    port = int(port_text) if digits and len(port_text) <= 5 else -1
    if not lowest <= port <= HIGHEST_PORT:
        raise UserError(
            f"{port_text!r} in {text!r} is not a port: choose a number of {lowest} to "
            f"{HIGHEST_PORT}, as in 127.0.0.1:9000."
        )
    return port
