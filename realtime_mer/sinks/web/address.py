"""Where the server listens: taking the port, and saying what is wrong with it."""

from __future__ import annotations

import errno
import ipaddress
import socket

from realtime_mer.addresses import HIGHEST_PORT, format_target
from realtime_mer.errors import UserError
from realtime_mer.sinks.web.access import is_loopback
from realtime_mer.tls import ServerTls


def bind(host: str, port: int, *, open_to_network: bool) -> socket.socket:
    """Take a port and listen on it.

    Args:
        host: name or address of an interface of this machine.
        port: 0 for any free one.
        open_to_network: whether others than this machine may be let in.

    Returns:
        A listening socket; the port it has got is in ``getsockname()``.

    Raises:
        UserError: if the port is taken, not allowed or not a port, if the address is not
            one of this machine, or if it is not loopback and ``open_to_network`` is False.
    """
    if not 0 <= port <= HIGHEST_PORT:
        raise UserError(f"There is no port {port}: choose one from 1 to {HIGHEST_PORT} with --web.")
    if not open_to_network and not is_loopback(host):
        raise UserError(
            f"On {host} everyone on the network could watch: give a --token WORD they must know, "
            f"or keep to this machine with --web 127.0.0.1:{port}."
        )
    other = port + 1 if port < HIGHEST_PORT else port - 1
    try:
        # localhost is two addresses on most machines; one port can't be two sockets.
        family, address = _resolve("127.0.0.1" if host.lower() == "localhost" else host, port)
        return socket.create_server(address, family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UserError(
                f"Port {port} on {host} is already in use: choose another "
                f"with --web {format_target(host, other)}, or --no-web."
            ) from None
        if isinstance(error, PermissionError):
            raise UserError(
                f"Port {port} on {host} is reserved by the system: choose one above 1023 "
                f"with --web {format_target(host, 8765)}, or --no-web."
            ) from None
        raise UserError(
            f"This machine cannot listen on {host}: use --web 127.0.0.1:{port}, or --no-web."
        ) from None


def page_url(host: str, port: int, tls: ServerTls | None = None) -> str:
    """Return the address a person opens.

    Args:
        host: that is listened on; for a wildcard the address has a name of the certificate,
            or else this machine's own address.
        port: that was taken.
        tls: with it the address is https.
    """
    try:
        wildcard = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        wildcard = False
    if wildcard:
        names = [name for name in tls.names if not name.startswith("*")] if tls else []
        host = names[0] if names else _own_address()
    return f"{'https' if tls else 'http'}://{format_target(host, port)}/"


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    return family, (str(address[0]), port)


def _own_address() -> str:
    """Return the address this machine has on its network; connecting UDP sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address reserved for documentation
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
