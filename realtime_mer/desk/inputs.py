"""Choosing another input while the run goes on."""

from __future__ import annotations

from realtime_mer.errors import UserError
from realtime_mer.live import LiveRun
from realtime_mer.settings import Settings
from realtime_mer.sources.base import Source
from realtime_mer.sources.devices import DeviceInfo, full_name
from realtime_mer.sources.each import parse_each
from realtime_mer.sources.opening import (
    SourceRequest,
    looks_like_file,
    open_source,
    parse_channels,
)
from realtime_mer.tracker import Tracker

MIC, DEMO = "mic", "demo"

AT_THE_START = (
    "Which channels are streams of their own is chosen at the start: end realtime-mer and start "
    "it again with --device and --channels each."
)


class Inputs:
    """The input of a run, by what a person says.

    Args:
        live: the run.
        settings: it was started with.

    Attributes:
        device: what was asked for last.
        channels: as a person types them, or None for the device's own first two.
    """

    def __init__(self, live: LiveRun, settings: Settings) -> None:
        self.device = settings.device
        self.channels = settings.channels
        self._live = live
        self._settings = settings

    def devices(self) -> list[dict[str, object]]:
        """Return every input there is now, the demo last."""
        found = self._inputs()
        names = [device.name for device in found]
        listed: list[dict[str, object]] = [
            {
                # Where two systems have a device of one name, the name alone would be ambiguous.
                "device": f"{device.name}, {device.host_api}"
                if names.count(device.name) > 1
                else device.name,
                "channels": device.input_channels,
                "rate_hz": device.rate_hz,
                "default": device.is_default,
                "playback": device.is_loopback,
            }
            for device in found
        ]
        return [*listed, {"device": DEMO, "channels": 2, "rate_hz": 44_100, "default": False,
                          "playback": False}]  # fmt: skip

    def choose(self, device: str, channels: str) -> None:
        """Listen to another input, or to other channels of this one.

        Args:
            device: a name or part of one, ``mic`` or ``demo``; no file, since a page in a
                browser must not read this machine's disk.
            channels: such as 3,4; empty for the device's own choice.

        Raises:
            UserError: where that cannot be heard; what was heard goes on.
        """
        if parse_each(self.channels) or parse_each(channels):
            raise UserError(AT_THE_START)
        device = device or MIC
        if device.casefold() not in (MIC, DEMO) and not self._is_input(device):
            if device == "-" or looks_like_file(device):
                raise UserError(
                    "From the page only inputs and the demo can be chosen: for a file, start "
                    "realtime-mer with --device FILE."
                )
            self._find(device)  # raises the sentence with the nearest name
        picked = parse_channels(channels) if channels else None
        request = SourceRequest(device=device, channels=picked, rate_hz=self._rate_hz(device))
        before = self._request()
        try:
            source, _ = open_source(request)
        except UserError:
            if not self._is_the_same(device):
                raise
            # A card that one program may open once: close it, and go back if that was in vain.
            self._live.let_go()
            try:
                source, _ = open_source(request)
            except UserError:
                try:
                    self._switch(open_source(before)[0])
                except UserError as error:
                    self._live.hold_on(error)
                raise
        self._switch(source)
        self.device, self.channels = device, channels or None

    def _switch(self, source: Source) -> None:
        try:
            tracker = Tracker(
                source.rate_hz,
                self._live.model,
                gate_db=self._settings.gate,
                hold=self._settings.silence == "hold",
            )
        except BaseException:
            source.close()
            raise
        self._live.switch(source, tracker)

    def _request(self) -> SourceRequest:
        channels = parse_channels(self.channels) if self.channels else None
        return SourceRequest(
            device=self.device, channels=channels, rate_hz=self._rate_hz(self.device)
        )

    def _rate_hz(self, device: str) -> int | None:
        return None if device.casefold() == DEMO else self._settings.rate

    def _inputs(self) -> list[DeviceInfo]:
        from realtime_mer.sources.capture.process import list_inputs

        try:
            found = list_inputs()
        except UserError:  # without PortAudio there is still the demo
            found = []
        heard = getattr(self._live.source, "info", None)
        # A card that one program may open once is hidden from whoever looks while it is open.
        if isinstance(heard, DeviceInfo) and not any(
            full_name(device) == full_name(heard) for device in found
        ):
            found.append(heard)
        return found

    def _find(self, device: str) -> str:
        from realtime_mer.sources.choosing import find_input

        return find_input(self._inputs(), device).name

    def _is_input(self, device: str) -> bool:
        try:
            self._find(device)
        except UserError:
            return False
        return True

    def _is_the_same(self, device: str) -> bool:
        """Whether this is what is listened to now, under whatever name."""
        source = self._live.source
        if not source.live or device.casefold() == DEMO:
            return False
        try:
            return self._find(device) == source.name
        except UserError:
            return False
