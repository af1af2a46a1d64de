"""Who may listen: the Host, the Origin and the token of a request.

Three attacks are meant. A page on the internet opens a WebSocket to the visitor's own
machine: its ``Origin`` gives it away. A page whose name its author re-points to 127.0.0.1
(DNS rebinding) has a matching origin, but its ``Host`` is no name of this machine. And on
a network anyone can connect: there a token is wanted.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

# A proxy on this machine makes the whole internet look local, but for what it adds.
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is turned away: a status and one sentence."""

    status: HTTPStatus
    sentence: str


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only mean this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Gate:
    """Decides on requests by their headers.

    Args:
        bound_host: the address the server listens on.
        token: what a client must know, or None where nothing is asked.
        origins: other origins whose pages may listen, such as ``http://localhost:5500``.
    """

    def __init__(self, bound_host: str, token: str | None, origins: Sequence[str] = ()) -> None:
        self._loopback = is_loopback(bound_host)
        self._token = token
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)

    def check_host(self, host: str | None) -> Refusal | None:
        """Refuse a request for a name that is not this machine's, where only that is served."""
        named = _authority(host or "")
        if named is None:
            return Refusal(HTTPStatus.BAD_REQUEST, "The request needs one valid Host header.")
        if self._loopback and not is_loopback(named[0]):
            return Refusal(
                HTTPStatus.FORBIDDEN,
                "This server answers only to localhost and the addresses of this machine itself.",
            )
        return None

    def check_origin(self, origin: str | None, host: str) -> Refusal | None:
        """Refuse a page that did not come from this server; programs send no Origin."""
        if origin is None or origin.lower() in self._origins:
            return None
        if self._is_own(origin, host):
            return None
        return Refusal(
            HTTPStatus.FORBIDDEN, "Pages of other origins may not listen: allow this one by name."
        )

    def may_command(
        self, peer: str, host: str, origin: str | None, *, knows_token: bool, proxied: bool
    ) -> bool:
        """Tell whether who opened the stream may change how the run goes.

        Who knows the token may. Where none is asked for, a program of this machine may, and a
        page of this server's own under a name that only this machine has: neither a page
        that may listen (``--allow-origin``), nor one whose author re-pointed its name, nor
        anybody behind a proxy.

        Args:
            peer: IP address of the other end.
            host: the ``Host`` header.
            origin: the ``Origin`` header.
            knows_token: whether the token was right, where there is one.
            proxied: whether a header says that somebody else asks through the peer.
        """
        if self._token is not None:
            return knows_token
        named = _authority(host)
        if proxied or not is_loopback(_plain(peer)) or named is None or not is_loopback(named[0]):
            return False
        return origin is None or self._is_own(origin, host)

    def check_token(self, query: str, authorization: str | None) -> Refusal | None:
        """Refuse who does not know the token, in ``?token=`` or ``Authorization: Bearer``."""
        if self._token is None:
            return None
        offered = ""
        scheme, _, credentials = (authorization or "").partition(" ")
        if scheme.lower() == "bearer":
            offered = credentials.strip()
        else:
            try:
                offered = parse_qs(query, max_num_fields=8).get("token", [""])[-1]
            except ValueError:
                offered = ""
        # In constant time, so that its duration does not tell how much of a guess was right.
        if hmac.compare_digest(offered.encode(), self._token.encode()):
            return None
        return Refusal(
            HTTPStatus.UNAUTHORIZED, "This stream wants its token: open the address it was given."
        )

    @staticmethod
    def _is_own(origin: str, host: str) -> bool:
        scheme, _, place = origin.partition("://")
        default_port = DEFAULT_PORTS.get(scheme.lower())
        ours = _authority(host, default_port)
        return bool(default_port and ours and ours == _authority(place, default_port))


def _plain(peer: str) -> str:
    """An IPv4 address that came through an IPv6 socket, as itself; no zone."""
    return peer.partition("%")[0].removeprefix("::ffff:")


def _authority(text: str, default_port: int | None = None) -> tuple[str, int | None] | None:
    """Split ``host:port`` into the host in lower case, without brackets, and the port."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return host, port or default_port
