"""The way in: every connection from its first byte until it is a client or has gone.

A stranger costs something before a word of the protocol is spoken: a socket, a few objects, what
is read of the request. So it is decided here how many may stand in the door, how long, and
how much each may say. The first is decided at ``accept``, before anything is made for
a connection, TLS least of all. (Windows takes connections in another way: there the number is
not limited before the handshake.)
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from typing import Any

from websockets.asyncio.server import ServerConnection

from realtime_mer.limits.descriptors import allow_descriptors
from realtime_mer.limits.guesses import Guesses
from realtime_mer.limits.openings import Openings
from realtime_mer.limits.peers import is_this_machine
from realtime_mer.sinks.web.clients import Limits
from realtime_mer.sinks.web.metrics import Counters

OTHER_FILES = 128
"""Descriptors that are left for all else: sound, recordings, a model, a log."""

RECEIVE_BYTES = 131_072
OFFENCES_PER_MINUTE = 20
"""Connections of one address that may say too much before it is not heard for a while."""
TURNED_AWAY_AT_ONCE = 16
"""Connections that may be closed before the clients have their turn again."""


class Doorway:
    """All connections of a server, those that are clients among them.

    Args:
        limits: how many may stand in the door, for how long, and how much each may say.
        counters: count who was turned away.
    """

    def __init__(self, limits: Limits, counters: Counters) -> None:
        self.limits = limits
        self.counters = counters
        self.transports: set[asyncio.Transport] = set()
        self._offences = Guesses(per_minute=OFFENCES_PER_MINUTE)
        self._openings = Openings(limits.openings, limits.openings_each)
        wanted = limits.clients + limits.openings + OTHER_FILES
        self._highest_descriptor = allow_descriptors(wanted) - OTHER_FILES

    def listener(self, bound: socket.socket) -> socket.socket:
        """Return a listening socket in place of another: it takes whom there is room for."""
        return _Listener(self, bound)

    def let_in(self, connection: ServerConnection) -> None:
        """Note that a connection has become a client: it stands in nobody's way any more."""
        self._openings.give(tuple(connection.remote_address))

    def abort_all(self) -> None:
        """Cut every connection there is."""
        for transport in list(self.transports):
            transport.abort()

    def has_room(self, accepted: socket.socket, peer: Any) -> bool:
        """Tell whether a connection may stand in the door, and note it if so."""
        room = accepted.fileno() < self._highest_descriptor and not self._is_resting(peer)
        if room and self._openings.take(tuple(peer), str(peer[0])):
            return True
        self.counters.turned_away += 1
        return False

    def count_shown_out(self, peer: Any) -> None:
        """Note that a connection said too much; who does that often has to rest."""
        self.counters.flooded += 1
        self._offences.count(str(peer[0]), self.counters.flooded.to_bytes(8), time.monotonic())

    def _is_resting(self, peer: Any) -> bool:
        # This machine's own address is everybody's who comes through a proxy or a tunnel.
        if is_this_machine(str(peer[0])):
            return False
        return self._offences.wait_s(str(peer[0]), time.monotonic()) > 0.0

    def gone(self, peer: Any) -> None:
        """Forget a connection that was closed."""
        self._openings.give(tuple(peer))


class _Accepted(socket.socket):
    """A connection that says when it is closed, whoever closes it."""

    doorway: Doorway
    peer: Any = None

    def close(self) -> None:
        if self.peer is not None:
            self.doorway.gone(self.peer)
            self.peer = None
        super().close()


class _Listener(socket.socket):
    """Listens; whoever there is no room for is closed at once, unheard."""

    def __init__(self, doorway: Doorway, bound: socket.socket) -> None:
        super().__init__(fileno=bound.detach())
        with suppress(OSError):
            # Of the system's memory: it would give megabytes to each who sends what nobody reads.
            self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._doorway = doorway

    def accept(self) -> tuple[socket.socket, Any]:
        for _ in range(TURNED_AWAY_AT_ONCE):
            plain, peer = super().accept()
            if self._doorway.has_room(plain, peer):
                accepted = _Accepted(fileno=plain.detach())
                accepted.doorway, accepted.peer = self._doorway, peer
                return accepted, peer
            plain.close()
        raise BlockingIOError
