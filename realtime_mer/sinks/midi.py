"""Routes as MIDI control changes, for lights, synthesizers and DAWs that know no OSC."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from realtime_mer.estimate import Estimate, Status
from realtime_mer.routes.moment import Moment
from realtime_mer.routes.route import Route, RunningRoute
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
        routes: those without a MIDI control are left out.
        rate_hz: how often values are looked at; above 2 they glide from estimate to estimate.

    Raises:
        UserError: where the library, a MIDI system or a port is missing.
    """

    def __init__(self, routes: Sequence[Route], rate_hz: float = ESTIMATE_RATE_HZ) -> None:
        self._routes = [RunningRoute(route) for route in routes if route.midi]
        self._again: set[str] = set()
        self._ports: dict[str, MidiPort] = {}
        try:
            for running in self._routes:
                if running.route.midi and running.route.midi.port not in self._ports:
                    self._ports[running.route.midi.port] = MidiPort(running.route.midi.port)
        except BaseException:
            self._close_ports()
            raise
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._look, name="midi ports", daemon=True)
        self._watch.start()
        self._pace = Pace(self._send_moment, rate_hz, "midi")

    def publish(self, estimate: Estimate) -> None:
        """Send what an estimate changes, or glide to it."""
        self._pace.publish(estimate)

    def report(self, status: Status) -> None:
        """Do nothing: MIDI has no place for it."""

    def close(self) -> None:
        """Close the ports."""
        self._stopping.set()
        self._pace.close()
        self._watch.join(CLOSE_LIMIT_S)
        self._close_ports()

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
            self._ports[control.port].send(
                [
                    CONTROL_CHANGE | (control.channel - 1),
                    control.control,
                    min(max(value, 0), HIGHEST_VALUE),
                ]
            )

    def _look(self) -> None:
        while not self._stopping.wait(LOOK_INTERVAL_S):
            for name, port in self._ports.items():
                try:
                    if port.look():
                        self._again.add(name)
                except Exception as error:  # it is looked for again
                    log.info("Looking for the MIDI output %s failed (%s).", name, error)

    def _close_ports(self) -> None:
        for port in self._ports.values():
            port.close()
        self._ports.clear()
