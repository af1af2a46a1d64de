"""One MIDI output, found by its name, and found again after somebody pulled the cable.

The library is python-rtmidi, an optional extra: RtMidi over ALSA and JACK on Linux, CoreMIDI
on the Mac, Windows MM on Windows.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Any

from realtime_mer.errors import UserError
from realtime_mer.quiet import quiet_drivers

CLIENT_NAME = "realtime-mer"
NEW_PORT = "new"
"""The port's name that asks for one of our own, which other programs then connect to."""

log = logging.getLogger(__name__)


class MidiPort:
    """An open output.

    Args:
        name: any part of the port's name, in any case of letters, an exact name winning; or
            "new" for a port of our own.

    Raises:
        UserError: where the library, a MIDI system or the port is missing.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._output = open_port(name)
        self._own = name.lower() == NEW_PORT
        self._lost = False
        self._came_back = False
        self._failed = False
        self._using = threading.Lock()

    def send(self, data: Sequence[int]) -> None:
        """Send a message at once or not at all."""
        if not self._using.acquire(blocking=False):  # it is being opened again
            return
        try:
            if not self._lost:
                self._output.send_message(data)
        except Exception as error:  # four systems, each with errors of its own
            if not self._failed:
                self._failed = True
                log.warning("MIDI to %s failed (%s); sending goes on.", self.name, error)
        finally:
            self._using.release()

    def look(self) -> bool:
        """See whether the port is still there, and open it again when it is back.

        Returns:
            True if everything is to be said again: it came back just now, or the last time it
            was looked for, since what is sent into a fresh connection may be lost.
        """
        if self._own:
            return False
        came_back, self._came_back = self._came_back, False
        names = self._output.get_ports()
        number = choose_port(self.name, names)
        if number is None and not self._lost:
            with self._using:
                self._lost = True
                self._output.close_port()
            log.warning("The MIDI output %s is gone; it is used again when it is back.", self.name)
        elif number is not None and self._lost:
            with self._using:
                self._output.open_port(number, CLIENT_NAME)
                self._lost = self._failed = False
            log.warning("The MIDI output %s is back.", self.name)
            self._came_back = came_back = True
        return came_back

    def close(self) -> None:
        """Close it."""
        with self._using:
            self._output.close_port()
            self._output.delete()


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
