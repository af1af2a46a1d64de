"""Estimates as OSC messages over UDP, for visuals, synthesizers and light desks.

A message a value: receivers differ in what they do with bundles, which are sent on demand.
``docs/protocol.md`` lists the standard addresses, ``docs/routes.md`` says how to add others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from realtime_mer.addresses import format_target
from realtime_mer.estimate import Estimate, Status
from realtime_mer.routes.moment import Moment
from realtime_mer.routes.route import Argument, Route, RunningRoute, run_routes
from realtime_mer.sinks.osc_packet import datagrams, message
from realtime_mer.sinks.osc_standard import (
    control_messages,
    moment_messages,
    standard_place,
    status_message,
)
from realtime_mer.sinks.osc_target import Target
from realtime_mer.sinks.pace import ESTIMATE_RATE_HZ, Pace

log = logging.getLogger(__name__)

Address = tuple[str, int]
Listener = Callable[[Sequence[bytes]], None]


class OscSink:
    """Sends every estimate to every target, and what routes make of it.

    UDP asks for no answer, so a target that is off, not yet on, or unknown to the network
    costs the others nothing; its failures are counted and logged when they begin and end.

    Args:
        targets: host and port of each receiver. Names are looked up in the background and
            again from time to time; IPv6, broadcast and multicast addresses are fine.
        routes: further messages, to the targets or to others; those without an address are
            not for OSC, and those that are off are not sent.
        rate_hz: how often; above 2, values glide from estimate to estimate.
        unit_range: whether the standard addresses have 0..1 in place of -1..1.
        bundled: whether what belongs together goes in one bundle, to take effect at once.
        standard: whether the standard addresses are sent.
        listener: is told of every message as well, whoever else it goes to, each by itself
            also where they are bundled; must not block.
    """

    def __init__(
        self,
        targets: Sequence[Address],
        *,
        routes: Sequence[Route] = (),
        rate_hz: float = ESTIMATE_RATE_HZ,
        unit_range: bool = False,
        bundled: bool = False,
        standard: bool = True,
        listener: Listener | None = None,
    ) -> None:
        self._listener = listener
        self._routes: list[RunningRoute] = []
        self._default = tuple(dict.fromkeys(targets))
        self._targets = {address: Target(*address) for address in self._default}
        self.set_routes(routes)
        self._unit_range = unit_range
        self._bundled = bundled
        self._standard = standard
        self._moods: dict[int, str] = {}
        self._pace = Pace(self._send_moment, rate_hz, "osc")

    def set_routes(self, routes: Sequence[Route]) -> None:
        """Send other routes from now on; one that stays as it was goes on where it is."""
        sent = [route for route in routes if route.address and route.on]
        wanted = {target for route in sent for target in route.targets}
        for address in wanted - self._targets.keys():
            self._targets[address] = Target(*address)
        left = {target for running in self._routes for target in running.route.targets}
        self._routes = run_routes(sent, self._routes)
        for address in left - wanted - {*self._default}:
            if target := self._targets.pop(address, None):
                target.close()

    def publish(self, estimate: Estimate) -> None:
        """Send one estimate, a handful of datagrams to each target, or glide to it.

        ``/mer/mood s`` goes out when the word is another than the last, and only then, so
        that what hangs on it happens once.
        """
        self._pace.publish(estimate)
        if estimate.mood and estimate.mood != self._moods.get(estimate.stream):
            self._moods[estimate.stream] = estimate.mood
            if self._standard:
                self.send(f"{standard_place(estimate.stream)}/mood", [estimate.mood])

    def report(self, status: Status) -> None:
        """Send ``/mer/status``, and what is set by hand."""
        if self._standard:
            messages = [status_message(status), *control_messages(status.controls)]
            self._send(dict.fromkeys(self._default, messages))
            self._tell(messages)

    def send(
        self, address: str, arguments: Sequence[Argument] = (), target: Address | None = None
    ) -> None:
        """Send a message of its own, such as a cue, at once.

        Args:
            address: begins with a slash.
            arguments: ints, floats and texts.
            target: to whom; None for all of ``targets``.
        """
        if target is not None and target not in self._targets:
            self._targets[target] = Target(*target)
        receivers = self._default if target is None else (target,)
        packet = message(address, *arguments)
        self._send({receiver: [packet] for receiver in receivers})
        self._tell([packet])

    def describe(self) -> tuple[str, ...]:
        """Return ``host:port`` of every target, with what is wrong where something is.

        For example ``("127.0.0.1:9000", "visuals.local:9000 (name not found)")``.
        """
        return tuple(target.describe() for target in list(self._targets.values()))

    def failures(self) -> int:
        """Return the number of datagrams that are known not to have been received."""
        return sum(target.failures for target in list(self._targets.values()))

    def close(self) -> None:
        """Close the sockets; messages on their way are not recalled."""
        self._pace.close()
        for target in list(self._targets.values()):
            target.close()

    def _send_moment(self, moment: Moment, time_s: float) -> None:
        messages: list[bytes] = []
        if self._standard:
            messages = moment_messages(moment, unit_range=self._unit_range)
        outgoing = {address: list(messages) for address in self._default}
        for running in self._routes:
            arguments = running.arguments(moment, time_s)
            if arguments is None:
                continue
            packet = message(running.route.address, *arguments)
            messages.append(packet)
            for address in running.route.targets or self._default:
                outgoing.setdefault(address, []).append(packet)
        self._send(outgoing)
        self._tell(messages)

    def _send(self, outgoing: dict[Address, list[bytes]]) -> None:
        for address, messages in outgoing.items():
            target = self._targets.get(address)
            if target is None:  # its last route has just been taken away
                continue
            try:
                target.send(datagrams(messages, bundled=self._bundled))
            except Exception:  # one target must never cost another anything
                log.exception("OSC to %s failed unexpectedly.", format_target(*address))

    def _tell(self, messages: Sequence[bytes]) -> None:
        if self._listener is None:
            return
        try:
            self._listener(messages)
        except Exception:  # nor may whoever listens along
            log.exception("Somebody who listens to the OSC failed unexpectedly.")
