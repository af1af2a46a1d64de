"""Whom a limit for each counts as one."""

from __future__ import annotations

import ipaddress

IPV6_PREFIX = 64
"""Bits of an IPv6 address that are a network's: every machine has all the rest to itself."""


def plain_address(peer: str) -> str:
    """Return an IP address without its zone; IPv4 that came through an IPv6 socket as itself.

    >>> plain_address("::ffff:10.0.0.5"), plain_address("fe80::1%eth0")
    ('10.0.0.5', 'fe80::1')
    """
    text = peer.partition("%")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def is_this_machine(peer: str) -> bool:
    """Tell whether an IP address is of the machine itself.

    >>> is_this_machine("127.0.0.1"), is_this_machine("::1"), is_this_machine("10.0.0.5")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(plain_address(peer)).is_loopback
    except ValueError:
        return False


def one_of(peer: str) -> str:
    """Return what stands for everybody who could be behind an IP address.

    >>> one_of("10.0.0.5"), one_of("2001:db8::1"), one_of("2001:db8::2")
    ('10.0.0.5', '2001:db8::/64', '2001:db8::/64')
    """
    plain = plain_address(peer)
    try:
        return str(ipaddress.IPv6Network(f"{plain}/{IPV6_PREFIX}", strict=False))
    except ValueError:
        return plain
