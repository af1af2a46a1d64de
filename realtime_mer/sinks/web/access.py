"""Who may listen: the Host, the Origin and the token of a request.

Three attacks are meant. A page on the internet opens a WebSocket to the visitor's own
machine: its ``Origin`` gives it away. A page whose name its author re-points to this machine
(DNS rebinding) has a matching origin, but its ``Host`` is a name of the internet. And on
a network anyone can connect: there a token is wanted.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from realtime_mer.limits.peers import plain_address
from realtime_mer.limits.secret import Secret

# A proxy on this machine makes the whole internet look local, but for what it adds.
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")

DEFAULT_PORTS = {"http": 80, "https": 443}

LOCAL_ENDINGS = (".local", ".lan", ".home", ".internal", ".home.arpa", ".localdomain")
"""Ends of names that nobody can register, so that no stranger can point one at this machine."""

MOST_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is turned away: a status and one sentence.

    Attributes:
        status: of the answer.
        sentence: for a person.
        wait_s: seconds after which it may be tried again, or 0 where that changes nothing.
    """

    status: HTTPStatus
    sentence: str
    wait_s: float = 0.0


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
        secure: whether the server itself speaks TLS.
    """

    def __init__(
        self,
        bound_host: str,
        token: str | None,
        origins: Sequence[str] = (),
        *,
        secure: bool = False,
    ) -> None:
        self._loopback = is_loopback(bound_host)
        self._secret = Secret(token) if token is not None else None
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)
        # Behind a proxy that speaks TLS the page is https, though nothing is here.
        self._schemes = ("https",) if secure else tuple(DEFAULT_PORTS)
        named = (_authority(origin.partition("://")[2]) for origin in self._origins)
        own = (bound_host.lower(), socket.gethostname().lower())
        self._names = frozenset((*own, *(place[0] for place in named if place)))

    def check_host(self, host: str | None) -> Refusal | None:
        """Refuse a request for a name that a stranger may have pointed at this machine."""
        named = _authority(host or "")
        if named is None:
            return Refusal(HTTPStatus.BAD_REQUEST, "The request needs one valid Host header.")
        if self._loopback and not is_loopback(named[0]):
            return Refusal(
                HTTPStatus.FORBIDDEN,
                "This server answers only to localhost and the addresses of this machine itself.",
            )
        if self._secret is None and not (self._loopback or self._is_local_name(named[0])):
            return Refusal(
                HTTPStatus.FORBIDDEN,
                "Without a token this server answers only to addresses and to names of its own "
                "network: allow another with --allow-origin.",
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
        if self._secret is not None:
            return knows_token
        named = _authority(host)
        if (
            proxied
            or not is_loopback(plain_address(peer))
            or named is None
            or not is_loopback(named[0])
        ):
            return False
        return origin is None or self._is_own(origin, host)

    def check_token(
        self, query: str, authorization: str | None, peer: str, now_s: float
    ) -> Refusal | None:
        """Refuse who does not know the token, in ``?token=`` or ``Authorization: Bearer``.

        Args:
            query: of the URL.
            authorization: that header.
            peer: IP address of the other end, whose wrong words are counted.
            now_s: the time now, in seconds.
        """
        if self._secret is None:
            return None
        verdict = self._secret.ask(_offered(query, authorization), peer, now_s)
        if verdict.knows:
            return None
        if verdict.wait_s > 0.0:
            return Refusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many wrong tokens came from this address: wait, then try again.",
                min(verdict.wait_s, MOST_WAIT_S),
            )
        return Refusal(
            HTTPStatus.UNAUTHORIZED, "This stream wants its token: open the address it was given."
        )

    def knows_token(self, query: str, authorization: str | None) -> bool:
        """Tell whether whoever was let in knows the token; where there is none, everybody does."""
        return self._secret is None or self._secret.is_right(_offered(query, authorization))

    def _is_own(self, origin: str, host: str) -> bool:
        scheme, _, place = origin.partition("://")
        if scheme.lower() not in self._schemes:
            return False
        default_port = DEFAULT_PORTS[scheme.lower()]
        ours = _authority(host, default_port)
        return bool(ours and ours == _authority(place, default_port))

    def _is_local_name(self, name: str) -> bool:
        if name in self._names or "." not in name.rstrip(".") or name.endswith(LOCAL_ENDINGS):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _offered(query: str, authorization: str | None) -> bytes:
    """The token that came with a request, in UTF-8; empty where none did."""
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        # A header is read as ISO 8859-1, whatever its author meant.
        word = credentials.strip()
        try:
            as_sent = word.encode("iso-8859-1")
            as_sent.decode("utf-8")
        except UnicodeError:
            return word.encode("utf-8", "replace")
        return as_sent
    try:
        return parse_qs(query, max_num_fields=8).get("token", [""])[-1].encode("utf-8", "replace")
    except ValueError:
        return b""


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
