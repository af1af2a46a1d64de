"""Control by OSC: a foot switch, a tablet or a light desk works the levers.

``/mer/reset``, ``/mer/freeze``, ``/mer/calibrate``, ``/mer/mark`` and ``/mer/gain``, on a
port of their own. UDP says nothing certain of who sent a packet, so this is off unless
asked for, and then takes packets from this machine alone unless told of others.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from realtime_mer.addresses import LOOPBACK, Network, format_target
from realtime_mer.control.actions import ACTIONS, Argument, perform
from realtime_mer.control.packets import (
    ERROR_ADDRESS,
    LONGEST_DATAGRAM,
    error_packet,
    hush_python_osc,
    parse,
)
from realtime_mer.controls import Controls
from realtime_mer.errors import UserError
from realtime_mer.limits.allowance import Allowance
from realtime_mer.limits.peers import plain_address

MOST_SAID = 32
"""Different complaints that are logged; of what comes after that the first words are known."""
LONGEST_SAID = 400
"""Characters of a complaint, which may quote what came."""
LOOK_UP_S = 0.25
"""How often the thread looks whether it should end."""
PACKETS_PER_S = 500.0
"""As many as a desk of faders sends that all move at once."""
PAUSE_S = 0.02
"""How long nothing is read after that: the system then drops what comes."""
ANSWERS_PER_S = 10.0

log = logging.getLogger(__name__)


class OscControl:
    """Listens on a UDP port and works the controls.

    What is not done is answered with ``/mer/error s`` to where it came from, ten times a second
    at most, and only to those who may control: nobody can have others sent to.

    Args:
        host: address of this machine to listen at.
        port: 0 for any free one.
        controls: what is worked.
        senders: networks whose packets are taken; by default this machine's.

    Attributes:
        host: IP address it is bound to.
        port: the port that was taken.
        refused: packets from anybody else.
        malformed: packets that are no OSC.
        unknown: messages to other addresses, or with arguments that make no sense.
        flooded: packets left out because too many came.

    Raises:
        UserError: where the port is taken or the address is not one of this machine.
    """

    def __init__(
        self, host: str, port: int, controls: Controls, senders: Sequence[Network] = LOOPBACK
    ) -> None:
        self.refused = 0
        self.malformed = 0
        self.unknown = 0
        self.flooded = 0
        self._controls = controls
        self._senders = tuple(senders)
        self._said: set[str] = set()
        self._closed = threading.Event()
        self._packets = Allowance(PACKETS_PER_S, time.monotonic(), over_s=2.0)
        self._answers = Allowance(ANSWERS_PER_S, time.monotonic(), over_s=1.0)
        hush_python_osc()
        self._socket = _bind(host, port)
        self.host: str = self._socket.getsockname()[0]
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, name="control", daemon=True)
        self._thread.start()

    @property
    def errors(self) -> int:
        """Packets and messages that were not done, for whatever reason."""
        return self.refused + self.malformed + self.unknown + self.flooded

    def close(self) -> None:
        """Stop listening and free the port."""
        self._closed.set()
        self._thread.join(4 * LOOK_UP_S)
        self._socket.close()

    def take(self, datagram: bytes, sender: str) -> list[str]:
        """Do what a packet asks for; never raises for what it holds.

        Args:
            datagram: as it came.
            sender: IP address it came from.

        Returns:
            A sentence for each thing that was not done.
        """
        if not self._is_allowed(sender):
            self.refused += 1
            return [
                self._say(
                    f"Control from {sender} was refused: to allow it, add --control-from {sender}."
                )
            ]
        try:
            messages = parse(datagram)
        except ValueError as error:
            self.malformed += 1
            return [self._say(f"A control packet from {sender} was left out: it is {error}.")]
        return list(filter(None, (self._perform(*message) for message in messages)))

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                datagram, sender = self._socket.recvfrom(LONGEST_DATAGRAM + 1)
            except OSError:  # no packet for a while; or, on Windows, one that was too long
                continue
            if not self._packets.spend(time.monotonic()):
                self.flooded += 1
                self._say(
                    "Too much control comes at once: what is beyond 500 a second is left out."
                )
                self._closed.wait(PAUSE_S)
                continue
            for sentence in self.take(datagram, str(sender[0])):
                self._answer(sentence, sender)

    def _answer(self, sentence: str, sender: Any) -> None:
        if self._is_allowed(str(sender[0])) and self._answers.spend(time.monotonic()):
            with suppress(OSError):  # they are gone already
                self._socket.sendto(error_packet(sentence), sender)

    def _perform(self, address: str, arguments: Sequence[Argument]) -> str:
        """Do what one message asks for; return why it was not done, or an empty text."""
        try:
            known = perform(self._controls, address, arguments)
        except UserError as error:
            self.unknown += 1
            return self._say(f"{address}: {error}")
        if known:
            return ""
        self.unknown += 1
        if address == ERROR_ADDRESS:  # somebody's answer: two who answered it would never end
            return ""
        return self._say(
            f"Control {address!a:.100} is not known: send one of {', '.join(ACTIONS)}."
        )

    def _is_allowed(self, sender: str) -> bool:
        try:
            address = ipaddress.ip_address(plain_address(sender))
        except ValueError:
            return False
        return any(address in network for network in self._senders)

    def _say(self, sentence: str) -> str:
        """Log a sentence the first time, and return it."""
        sentence = sentence[:LONGEST_SAID]
        if sentence not in self._said and len(self._said) < MOST_SAID:
            self._said.add(sentence)
            log.warning("%s", sentence)
        return sentence


def _bind(host: str, port: int) -> socket.socket:
    name = format_target(host, port)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise UserError(
            f"Control cannot listen at {name}: the host is not known; give an address of this "
            "machine, as in --control 127.0.0.1:9001."
        ) from None
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.bind(address)
    except OSError as error:
        opened.close()
        raise UserError(
            f"Control cannot listen at {name} ({(error.strerror or str(error)).lower()}): choose "
            "another port with --control."
        ) from None
    opened.settimeout(LOOK_UP_S)
    with suppress(OSError):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
    return opened
