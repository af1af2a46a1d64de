"""Routes as MIDI control changes, for lights, synthesizers and DAWs that know no OSC.

The library is python-rtmidi, an optional extra: RtMidi over ALSA and JACK on Linux, CoreMIDI
on the Mac, Windows MM on Windows.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate, Status
from realtime_mer.quiet import quiet_drivers
from realtime_mer.routes.moment import Moment
from realtime_mer.routes.route import Route, RunningRoute
from realtime_mer.sinks.pace import ESTIMATE_RATE_HZ, Pace

CLIENT_NAME = "realtime-mer"
NEW_PORT = "new"
"""The port's name that asks for one of our own, which other programs then connect to."""

CONTROL_CHANGE = 0xB0
HIGHEST_VALUE = 127

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
        self._failed: set[str] = set()
        self._ports: dict[str, Any] = {}
        try:
            for name in dict.fromkeys(
                each.route.midi.port for each in self._routes if each.route.midi
            ):
                self._ports[name] = open_port(name)
        except BaseException:
            self._close_ports()
            raise
        self._pace = Pace(self._send_moment, rate_hz, "midi")

    def publish(self, estimate: Estimate) -> None:
        """Send what an estimate changes, or glide to it."""
        self._pace.publish(estimate)

    def report(self, status: Status) -> None:
        """Do nothing: MIDI has no place for it."""

    def close(self) -> None:
        """Close the ports."""
        self._pace.close()
        self._close_ports()

    def _send_moment(self, moment: Moment, time_s: float) -> None:
        for running in self._routes:
            arguments = running.arguments(moment, time_s)
            control = running.route.midi
            if arguments is None or control is None:
                continue
            # Fixed arguments belong to the OSC message of the same route.
            value = int(arguments[len(running.route.before)])
            data = [
                CONTROL_CHANGE | (control.channel - 1),
                control.control,
                min(max(value, 0), HIGHEST_VALUE),
            ]
            try:
                self._ports[control.port].send_message(data)
            except Exception as error:  # the libraries of four systems, each with its own
                if control.port not in self._failed:
                    self._failed.add(control.port)
                    log.warning("MIDI to %s failed (%s); sending goes on.", control.port, error)

    def _close_ports(self) -> None:
        for port in self._ports.values():
            port.close_port()
            port.delete()
        self._ports.clear()


def open_port(name: str) -> Any:
    """Open the MIDI output whose name has a text in it, or a port of our own for "new".

    Args:
        name: any part of the name, in any case of letters; an exact name wins.

    Raises:
        UserError: where there is none, with those there are.
    """
    rtmidi = _library()
    found: list[str] = []
    chosen = None
    with quiet_drivers():
        outputs = _outputs(rtmidi)
        try:
            for output in outputs:
                names = output.get_ports()
                number = choose_port(name, names)
                if name.lower() == NEW_PORT:
                    output.open_virtual_port(CLIENT_NAME)
                elif number is not None:
                    output.open_port(number, CLIENT_NAME)
                else:
                    found += names
                    continue
                chosen = output
                return output
        except rtmidi.RtMidiError as error:
            raise UserError(_refused(name, error)) from error
        finally:
            for output in outputs:
                if output is not chosen:
                    output.delete()
    if not outputs:
        raise UserError(
            "There is no MIDI on this machine: start JACK or load ALSA's sequencer "
            "(sudo modprobe snd-seq), or take midi out of the routes."
        )
    listed = ", ".join(f"“{each}”" for each in found) or "none"
    raise UserError(
        f"There is no MIDI output “{name}” (there are: {listed}): plug it in, or choose one of "
        f'these, or port = "{NEW_PORT}" for one that other programs connect to.'
    )


def choose_port(name: str, names: Sequence[str]) -> int | None:
    """Return the place of a port in a list: the exact name, else the first with it inside.

    >>> choose_port("scarlett", ["Midi Through", "Scarlett 2i2 USB:Scarlett 2i2 USB MIDI 1"])
    1
    """
    if name in names:
        return names.index(name)
    wanted = name.lower()
    return next((n for n, each in enumerate(names) if wanted in each.lower()), None)


def _library() -> Any:
    try:
        import rtmidi
    except ImportError as error:
        raise UserError(
            "Routes to MIDI need a library that is not installed: "
            "run pip install 'realtime-mer[midi]', or take midi out of the routes."
        ) from error
    return rtmidi


def _outputs(rtmidi: Any) -> list[Any]:
    """One output for each MIDI system that runs here."""
    outputs = []
    for api in rtmidi.get_compiled_api():
        try:
            outputs.append(rtmidi.MidiOut(api, name=CLIENT_NAME))
        except rtmidi.RtMidiError:  # ALSA without a sequencer, JACK without a server
            continue
    return outputs


def _refused(name: str, error: Exception) -> str:
    if name.lower() == NEW_PORT:
        return (
            f"This system gives programs no MIDI ports of their own ({error}): name a port, "
            "such as one of a virtual MIDI cable."
        )
    return f"The MIDI output “{name}” cannot be opened ({error}): close what uses it."
