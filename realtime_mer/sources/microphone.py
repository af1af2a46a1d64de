"""An input of the sound card, heard by a process of its own."""

from __future__ import annotations

import json
import threading

import numpy as np

from realtime_mer.errors import UserError
from realtime_mer.sources.base import Deliver, Ended
from realtime_mer.sources.capture.messages import START, Kind
from realtime_mer.sources.capture.process import OPEN_LIMIT_S, CaptureProcess
from realtime_mer.sources.capture.request import CaptureRequest
from realtime_mer.sources.devices import DeviceInfo

MISSING_PIECE_S = 1.0
MOST_MISSING_S = 3600.0
"""More silence than this in place of what was given up would itself take too long."""
JOIN_LIMIT_S = 0.2


class Microphone:
    """Delivers what an input device hears, at the device's own rate.

    Sample ``n`` is the device's sample ``n``: where the tracker was held up for so long that
    some were given up, silence of the same length takes their place.

    Args:
        device: None or ``"mic"`` for the default input, else a number, a name or part of one.
        channels: channels to deliver, 0-based and in this order; None for the first two
            (or the only one).
        rate_hz: rate to ask of the device instead of its own.

    Raises:
        UserError: PortAudio is missing, the device is unknown, ambiguous, busy or not an
            input, or it refuses the rate or the channels.
    """

    live = True

    def __init__(
        self,
        device: str | int | None = None,
        channels: tuple[int, ...] | None = None,
        rate_hz: int | None = None,
    ) -> None:
        self._open(CaptureRequest(device, channels, rate_hz))

    def _open(self, request: CaptureRequest) -> None:
        self._request = request
        self._process = CaptureProcess(request.encode())
        self._drops = 0
        self._missing_samples = 0
        self._closing = False
        self._reader: threading.Thread | None = None
        try:
            hello = json.loads(self._process.receive(OPEN_LIMIT_S).payload)
        except BaseException:
            self._process.end()
            raise
        self.info = DeviceInfo(**hello["device"])
        self.name = self.info.name
        self.rate_hz: int = hello["rate_hz"]
        self.channels: int = hello["channels"]
        self._beside = tuple(hello["beside"])

    def reopen(self, rate_hz: int | None = None) -> Microphone:
        """Open the same device again, by its name, after it was lost.

        Args:
            rate_hz: rate to ask of it; None for what was asked at first.

        Raises:
            UserError: it is not back yet; no other device is taken in its place.
        """
        again = Microphone.__new__(Microphone)
        again._open(
            CaptureRequest(
                channels=self._request.channels or tuple(range(self.channels)),
                rate_hz=rate_hz or self._request.rate_hz,
                again=self.info,
                beside=self._beside,
            )
        )
        return again

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Start the stream; ``ended`` is called when it refuses, or when the device is gone."""
        self._process.order(START)
        self._reader = threading.Thread(
            target=self._read, args=(deliver, ended), name="microphone", daemon=True
        )
        self._reader.start()

    def drops(self) -> int:
        """Return how many blocks came with the driver's word that input was lost."""
        return self._drops

    def missing_samples(self) -> int:
        """Return how many samples a channel were given up, and are silence."""
        return self._missing_samples

    def close(self) -> None:
        """Stop and free the device, within a second even where the driver hangs."""
        if self._closing:
            return
        self._closing = True
        self._process.end()
        reader = self._reader
        if reader is not None and reader is not threading.current_thread():
            reader.join(JOIN_LIMIT_S)
        if reader is None or not reader.is_alive():
            self._process.close_output()

    def _read(self, deliver: Deliver, ended: Ended) -> None:
        failure: Exception = UserError(
            f"The input device “{self.name}” is gone: its driver has broken down."
        )
        position = 0
        while (message := self._process.next()) is not None and not self._closing:
            if message.kind is Kind.GONE:
                failure = UserError(message.payload.decode())
                break
            if message.kind is not Kind.BLOCK:
                continue
            self._drops = message.drops
            try:
                self._stand_in(message.position - position, deliver)
                block = message.samples(self.channels)
                position = message.position + len(block)
                deliver(block)
            except Exception as error:
                failure = error
                break
        if not self._closing:
            ended(failure)

    def _stand_in(self, missing: int, deliver: Deliver) -> None:
        """Deliver silence for what was given up."""
        self._missing_samples += missing
        missing = min(missing, round(MOST_MISSING_S * self.rate_hz))
        piece = np.zeros((round(MISSING_PIECE_S * self.rate_hz), self.channels), np.float32)
        while missing > 0:
            deliver(piece[:missing])
            missing -= len(piece)
