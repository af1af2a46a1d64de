"""One receiver of datagrams, reached without ever waiting for it."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Sequence
from typing import Any

from realtime_mer.addresses import format_target

RETRY_FIRST_S = 1.0
RETRY_LONGEST_S = 8.0
REFRESH_S = 60.0
"""How often a name that was found is looked up again: addresses change when hosts reboot."""
HEALTHY_SENDS = 8
"""Sends without a failure after which a target counts as reached again.

A refusal is heard of at most about once a second from another host, so a single good send
says little.
"""

REFUSED = "nobody listens there"
STUCK = "the network takes nothing for it"

log = logging.getLogger(__name__)

Address = tuple[socket.AddressFamily, Any]


class Target:
    """Host and port with a socket of their own; several threads may send.

    The socket is not connected: a connected one keeps the local address it began with, and
    falls silent when the network changes during a show.

    Args:
        host: IPv4 or IPv6 address, taken at once, or a name, looked up in a thread; so is an
            address with the name of an interface, which is another one when that comes back.
        port: 1 to 65535.
    """

    def __init__(self, host: str, port: int) -> None:
        self.name = format_target(host, port)
        self.failures = 0
        """Datagrams that are known not to have been received."""
        self._host = host
        self._port = port
        self._problem = ""
        self._healthy_sends = HEALTHY_SENDS
        self._sockets: dict[socket.AddressFamily, socket.socket] = {}
        self._closed = threading.Event()
        self._hurry = threading.Event()
        self._sending = threading.Lock()
        self._lookup_problem = "looking up the name"
        self._address = _numeric_address(host, port)
        if self._address is None or "%" in host:
            threading.Thread(target=self._look_up, name=f"osc {self.name}", daemon=True).start()

    def describe(self) -> str:
        """Return ``host:port``, and in parentheses what is wrong, if anything."""
        problem = self._problem or ("" if self._address else self._lookup_problem)
        return f"{self.name} ({problem})" if problem else self.name

    def send(self, datagrams: Sequence[bytes]) -> None:
        """Send each datagram at once or not at all; count and log what fails."""
        with self._sending:
            self._send_all(datagrams)

    def _send_all(self, datagrams: Sequence[bytes]) -> None:
        if self._closed.is_set():
            return
        if self._address is None:
            self.failures += len(datagrams)
            return
        problem = ""
        for datagram in datagrams:
            try:
                refused = self._send_one(datagram, *self._address)
            except ConnectionError:
                problem = REFUSED
                self.failures += 1
            except BlockingIOError:
                problem = STUCK
                self.failures += 1
            except OSError as error:
                problem = error.strerror or str(error)
                self.failures += 1
                self._close_sockets()  # the next one is made anew, whatever was wrong with it
            else:
                if refused:
                    problem = REFUSED
                    self.failures += 1
        self._note(problem)

    def close(self) -> None:
        """Close the sockets and let the look-up end."""
        self._closed.set()
        self._hurry.set()
        with self._sending:
            self._close_sockets()

    def _close_sockets(self) -> None:
        for opened in self._sockets.values():
            opened.close()
        self._sockets.clear()

    def _send_one(self, datagram: bytes, family: socket.AddressFamily, address: Any) -> bool:
        """Send a datagram; True if an earlier one turns out to have been refused."""
        opened = self._sockets.get(family)
        if opened is None:
            opened = self._sockets[family] = _open_socket(family)
        try:
            opened.sendto(datagram, address)
        except ConnectionError:
            # The error belongs to an earlier datagram, and this one was not sent for it.
            _forget_refusals(opened)
            opened.sendto(datagram, address)
            return True
        return False

    def _note(self, problem: str) -> None:
        if problem:
            self._healthy_sends = 0
            if problem != REFUSED:
                self._hurry.set()  # the network has changed, and the address perhaps with it
            if problem != self._problem:
                # A receiver that is not up yet is no fault of anybody's.
                level = logging.INFO if problem == REFUSED else logging.WARNING
                log.log(level, "OSC to %s: %s; sending goes on.", self.name, problem)
                self._problem = problem
        elif self._problem:
            self._healthy_sends += 1
            if self._healthy_sends >= HEALTHY_SENDS:
                log.info("OSC to %s works again.", self.name)
                self._problem = ""

    def _look_up(self) -> None:
        """Find the name's address, again and again; the last one found stays in use."""
        failed = False
        retry_s = RETRY_FIRST_S
        while not self._closed.is_set():
            try:
                self._address = _named_address(self._host, self._port)
            except (OSError, UnicodeError):
                if not failed:
                    log.warning("OSC to %s: the name is not found; it is tried again.", self.name)
                failed = True
                self._lookup_problem = "name not found"
                self._closed.wait(retry_s)
            else:
                if failed:
                    log.info("OSC to %s: the name is found.", self.name)
                failed = False
                self._hurry.clear()
                if not self._hurry.wait(REFRESH_S):
                    retry_s = RETRY_FIRST_S
                    continue
                self._closed.wait(retry_s)
            retry_s = min(2 * retry_s, RETRY_LONGEST_S)


def _numeric_address(host: str, port: int) -> Address | None:
    """The socket address of a host written in numbers, or None if it is a name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    family, _, _, _, address = found[0]
    return family, address


def _named_address(host: str, port: int) -> Address:
    """The socket address of a name; may take seconds. OSError if there is none.

    Nearly every OSC receiver listens on IPv4 alone, so IPv4 comes first where a name has
    both, ``localhost`` above all.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, address


def _open_socket(family: socket.AddressFamily) -> socket.socket:
    """A UDP socket that never blocks, may broadcast, and on Linux hears of refusals."""
    opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.setblocking(False)
    if family == socket.AF_INET:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    if sys.platform == "linux":
        # IP_RECVERR and IPV6_RECVERR (ip(7), ipv6(7)), which Python does not name: without
        # them an unconnected socket is never told that nobody listens.
        level, option = (
            (socket.IPPROTO_IP, 11) if family == socket.AF_INET else (socket.IPPROTO_IPV6, 25)
        )
        opened.setsockopt(level, option, 1)
    return opened


def _forget_refusals(opened: socket.socket) -> None:
    """Empty the queue of errors, so that the next send is not refused for an old one."""
    if sys.platform != "linux":
        return
    try:
        while True:
            opened.recvmsg(0, 1024, socket.MSG_ERRQUEUE)
    except OSError:
        return
