"""Control by OSC: a foot switch, a tablet or a light desk works the levers.

``/mer/reset``, ``/mer/freeze``, ``/mer/calibrate``, ``/mer/mark`` and ``/mer/gain``, on a
port of their own. UDP says nothing certain of who sent a packet, so this is off unless
asked for, and then takes packets from this machine alone unless told of others.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from realtime_mer.addresses import LOOPBACK, Network, format_target
from realtime_mer.calibrations import ADAPT, HOLD, STOP, is_number
from realtime_mer.controls import CALIBRATION_S, Controls
from realtime_mer.errors import UserError

Argument = object

LONGEST_DATAGRAM = 65_535
MOST_SAID = 32
"""Different complaints that are logged; of what comes after that the first words are known."""
LOOK_UP_S = 0.25
"""How often the thread looks whether it should end."""

log = logging.getLogger(__name__)


def perform(controls: Controls, address: str, arguments: Sequence[Argument]) -> bool:
    """Do what one message asks for.

    A button that sends 1 when pressed and 0 when let go works everywhere: the 0 does
    nothing, but for ``/mer/freeze``, where it thaws.

    Returns:
        False where no such address is known.

    Raises:
        UserError: where the message makes no sense or cannot be done.
    """
    action = ACTIONS.get(address)
    if action is None:
        return False
    action(controls, arguments)
    return True


def _reset(controls: Controls, arguments: Sequence[Argument]) -> None:
    if not _let_go(arguments):
        controls.reset()


def _freeze(controls: Controls, arguments: Sequence[Argument]) -> None:
    if not arguments:
        controls.freeze(None)
        return
    number = _number(arguments[0])
    if number is None:
        raise UserError(f"/mer/freeze takes 1, 0 or nothing, not {arguments[0]!r}: send these.")
    controls.freeze(number >= 0.5)


def _calibrate(controls: Controls, arguments: Sequence[Argument]) -> None:
    if not arguments:
        controls.toggle_calibrating()
        return
    if _let_go(arguments):
        return
    name = str(arguments[1]) if len(arguments) > 1 else ""
    seconds = _number(arguments[0])
    if seconds == 1.0:
        controls.calibrate(CALIBRATION_S, name)
    elif seconds is not None:
        controls.calibrate(seconds, name)
    else:
        _calibration_word(controls, str(arguments[0]).strip())


def _calibration_word(controls: Controls, word: str) -> None:
    if word.casefold() == STOP:
        controls.stop_calibrating()
    elif word.casefold() in (HOLD, ADAPT):
        controls.hold_range(word.casefold() == HOLD)
    else:
        controls.use_calibration(word)


def _mark(controls: Controls, arguments: Sequence[Argument]) -> None:
    if _let_go(arguments):
        return
    pressed = not arguments or arguments[0] in (1, 1.0, True)
    controls.mark("" if pressed else str(arguments[0]))


def _gain(controls: Controls, arguments: Sequence[Argument]) -> None:
    gain_db = _number(arguments[0]) if arguments else None
    if gain_db is None:
        raise UserError("/mer/gain takes a number of decibels: send one, such as 6.0.")
    controls.set_gain(gain_db)


ACTIONS: dict[str, Callable[[Controls, Sequence[Argument]], None]] = {
    "/mer/reset": _reset,
    "/mer/freeze": _freeze,
    "/mer/calibrate": _calibrate,
    "/mer/mark": _mark,
    "/mer/gain": _gain,
}


def _number(argument: Argument) -> float | None:
    """A finite number, also one that came as text; None for anything else."""
    if isinstance(argument, str) and is_number(argument):
        argument = float(argument)
    if isinstance(argument, (int, float)) and math.isfinite(argument):  # booleans are 1 and 0
        return float(argument)
    return None


def _let_go(arguments: Sequence[Argument]) -> bool:
    return bool(arguments) and _number(arguments[0]) == 0.0


class OscControl:
    """Listens on a UDP port and works the controls.

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

    Raises:
        UserError: where the port is taken or the address is not one of this machine.
    """

    def __init__(
        self, host: str, port: int, controls: Controls, senders: Sequence[Network] = LOOPBACK
    ) -> None:
        self.refused = 0
        self.malformed = 0
        self.unknown = 0
        self._controls = controls
        self._senders = tuple(senders)
        self._said: set[str] = set()
        self._closed = threading.Event()
        logging.getLogger().addFilter(_is_not_of_python_osc)
        self._socket = _bind(host, port)
        self.host: str = self._socket.getsockname()[0]
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and free the port."""
        self._closed.set()
        self._thread.join(4 * LOOK_UP_S)
        self._socket.close()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                datagram, sender = self._socket.recvfrom(LONGEST_DATAGRAM)
            except OSError:  # no packet for a while; or, on Windows, one that was too long
                continue
            self.take(datagram, str(sender[0]))

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
            messages = _parse(datagram)
        except Exception:  # the parser has many ways to fail on what is no OSC
            self.malformed += 1
            return [self._say(f"A control packet from {sender} was no OSC and was left out.")]
        return list(filter(None, (self._perform(*message) for message in messages)))

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
        return self._say(
            f"Control {address!a:.100} is not known: send one of {', '.join(ACTIONS)}."
        )

    def _is_allowed(self, sender: str) -> bool:
        try:
            address = ipaddress.ip_address(sender.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._senders)

    def _say(self, sentence: str) -> str:
        """Log a sentence the first time, and return it."""
        if sentence not in self._said and len(self._said) < MOST_SAID:
            self._said.add(sentence)
            log.warning("%s", sentence)
        return sentence


def _parse(datagram: bytes) -> list[tuple[str, list[Argument]]]:
    """The messages of a packet, those of a bundle whatever its time tag; raises anything."""
    from pythonosc.osc_packet import OscPacket

    return [
        (timed.message.address, list(timed.message.params))
        for timed in OscPacket(datagram).messages
    ]


def _is_not_of_python_osc(record: logging.LogRecord) -> bool:
    """Keep out what python-osc tells the root logger for every odd packet: we say it once."""
    return "pythonosc" not in record.pathname


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
