"""Estimates as OSC messages over UDP, for visuals, synthesizers and light desks.

One message a value, never a bundle, and no type tags but ``i`` and ``f``: Pure Data rejects
the tags for booleans, doubles and 64-bit integers, and receivers differ in what they do with
a bundle's time tag. ``docs/osc.md`` lists the addresses.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from realtime_mer.estimate import Estimate, Status
from realtime_mer.sinks.osc_target import Target

LARGEST_INT = 2**31 - 1

log = logging.getLogger(__name__)


class OscSink:
    """Sends every estimate to every target.

    UDP asks for no answer, so a target that is off, not yet on, or unknown to the network
    costs the others nothing; its failures are counted and logged when they begin and end.

    Args:
        targets: host and port of each receiver. Names are looked up in the background and
            again from time to time; IPv6, broadcast and multicast addresses are fine.
    """

    def __init__(self, targets: Sequence[tuple[str, int]]) -> None:
        self._targets = [Target(host, port) for host, port in dict.fromkeys(targets)]

    def publish(self, estimate: Estimate) -> None:
        """Send one estimate, a handful of datagrams to each target."""
        self._send(estimate_messages(estimate))

    def report(self, status: Status) -> None:
        """Send ``/mer/status``."""
        self._send([status_message(status)])

    def describe(self) -> tuple[str, ...]:
        """Return ``host:port`` of every target, with what is wrong where something is.

        For example ``("127.0.0.1:9000", "visuals.local:9000 (name not found)")``.
        """
        return tuple(target.describe() for target in self._targets)

    def failures(self) -> int:
        """Return the number of datagrams that are known not to have been received."""
        return sum(target.failures for target in self._targets)

    def close(self) -> None:
        """Close the sockets; messages on their way are not recalled."""
        for target in self._targets:
            target.close()

    def _send(self, messages: Sequence[bytes]) -> None:
        for target in self._targets:
            try:
                target.send(messages)
            except Exception:  # one target must never cost another anything
                log.exception("OSC to %s failed unexpectedly.", target.name)


def estimate_messages(estimate: Estimate) -> list[bytes]:
    """One estimate as OSC messages.

    Returns:
        ``/mer/NAME f`` and ``/mer/NAME_std f`` for each dimension, ``/mer/av f f`` (arousal,
        valence) and ``/mer/active i`` (1 or 0), each a datagram.
    """
    return [
        *(message(f"/mer/{name}", value) for name, value in estimate.values().items()),
        message("/mer/av", estimate.arousal, estimate.valence),
        message("/mer/active", int(estimate.active)),
    ]


def status_message(status: Status) -> bytes:
    """The run's state as ``/mer/status i f i f``: sequence number, seconds, drops, dBFS."""
    drops = min(status.drops, LARGEST_INT)
    return message(
        "/mer/status", status.sequence, float(status.time_s), drops, float(status.level_db)
    )


def message(address: str, *values: float) -> bytes:
    """Build one OSC message: an int becomes an ``i``, any other number an ``f``."""
    from pythonosc.osc_message_builder import OscMessageBuilder

    builder = OscMessageBuilder(address)
    for value in values:
        if isinstance(value, int):
            builder.add_arg(int(value), OscMessageBuilder.ARG_TYPE_INT)
        else:
            builder.add_arg(float(value), OscMessageBuilder.ARG_TYPE_FLOAT)
    datagram: bytes = builder.build().dgram
    return datagram
