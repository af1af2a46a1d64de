"""Routes as MIDI control changes, for lights, synthesizers and DAWs that know no OSC."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence

from realtime_mer.estimate import Estimate, Status
from realtime_mer.routes.moment import Moment
from realtime_mer.routes.route import Route, RunningRoute, run_routes
from realtime_mer.sinks.midi_port import MidiPort
from realtime_mer.sinks.pace import ESTIMATE_RATE_HZ, Pace

CONTROL_CHANGE = 0xB0
HIGHEST_VALUE = 127

LOOK_INTERVAL_S = 2.0
CLOSE_LIMIT_S = 0.5

log = logging.getLogger(__name__)


class MidiSink:
    """Sends control changes.

    Args:
        routes: those without a MIDI control, and those that are off, are left out.
        rate_hz: how often values are looked at; above 2 they glide from estimate to estimate.

    Raises:
        UserError: where the library, a MIDI system or a port is missing.
    """

    def __init__(self, routes: Sequence[Route], rate_hz: float = ESTIMATE_RATE_HZ) -> None:
        self._routes: list[RunningRoute] = []
        self._again: set[str] = set()
        self._ports: dict[str, MidiPort] = {}
        self._stopping = threading.Event()
        self._rate_hz = rate_hz
        self._watch: threading.Thread | None = None
        self._pace: Pace | None = None
        self.set_routes(routes)

    def set_routes(self, routes: Sequence[Route]) -> None:
        """Send other routes from now on; one that stays as it was goes on where it is.

        Raises:
            UserError: where a port is missing; then everything stays as it was.
        """
        sent = [route for route in routes if route.midi and route.on]
        ports: dict[str, MidiPort] = {}
        try:
            for route in sent:
                if route.midi and route.midi.port not in ports:
                    name = route.midi.port
                    ports[name] = self._ports.get(name) or MidiPort(name)
        except BaseException:
            _close(port for name, port in ports.items() if name not in self._ports)
            raise
        before, self._ports = self._ports, {**self._ports, **ports}
        self._routes = run_routes(sent, self._routes)
        self._ports = ports
        _close(port for name, port in before.items() if name not in ports)
        if sent and self._pace is None:  # nothing runs before there is anything to do
            self._pace = Pace(self._send_moment, self._rate_hz, "midi")
            self._watch = threading.Thread(target=self._look, name="midi ports", daemon=True)
            self._watch.start()

    def publish(self, estimate: Estimate) -> None:
        """Send what an estimate changes, or glide to it."""
        if self._pace is not None:
            self._pace.publish(estimate)

    def report(self, status: Status) -> None:
        """Do nothing: MIDI has no place for it."""

    def close(self) -> None:
        """Close the ports."""
        self._stopping.set()
        if self._pace is not None:
            self._pace.close()
        if self._watch is not None:
            self._watch.join(CLOSE_LIMIT_S)
        _close(self._ports.values())
        self._ports = {}

    def _send_moment(self, moment: Moment, time_s: float) -> None:
        again, self._again = self._again, set()
        for running in self._routes:
            control = running.route.midi
            if control is None:
                continue
            if control.port in again:
                running.repeat()
            arguments = running.arguments(moment, time_s)
            if arguments is None:
                continue
            # Fixed arguments belong to the OSC message of the same route.
            value = int(arguments[len(running.route.before)])
            port = self._ports.get(control.port)
            if port is None:  # its last route has just been taken away
                continue
            port.send(
                [
                    CONTROL_CHANGE | (control.channel - 1),
                    control.control,
                    min(max(value, 0), HIGHEST_VALUE),
                ]
            )

    def _look(self) -> None:
        while not self._stopping.wait(LOOK_INTERVAL_S):
            for name, port in list(self._ports.items()):
                try:
                    if port.look():
                        self._again.add(name)
                except Exception as error:  # it is looked for again
                    log.info("Looking for the MIDI output %s failed (%s).", name, error)


def _close(ports: Iterable[MidiPort]) -> None:
    for port in ports:
        port.close()
