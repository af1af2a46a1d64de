"""An input of the sound card, heard through PortAudio's callback."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np

from realtime_mer.errors import UserError
from realtime_mer.quiet import quiet_drivers
from realtime_mer.sources.base import Block, Deliver, Ended
from realtime_mer.sources.choosing import find_input
from realtime_mer.sources.devices import (
    DeviceInfo,
    list_devices,
    load_sounddevice,
    refusal,
)
from realtime_mer.sources.jack import settle_exit

LATENCY_S = 0.02
"""Buffer asked of the driver, unless its own suggestion for interactive use is longer.

It is one hop of the front end: with less the callback would run more often (470 times a
second through PulseAudio's plugin instead of about 200) and nothing would be heard sooner.
"""

FIRST_BLOCK_LIMIT_S = 10.0
"""A device that has not delivered anything by then never will (ALSA's ``null`` and ``file``)."""

SILENCE_OF_CALLBACKS_LIMIT_S = 3.0
"""A running device that does not call for this long is gone: a dead JACK says nothing."""

CHECK_INTERVAL_S = 0.25
CLOSE_LIMIT_S = 0.8
"""Closing a stream of a dead JACK hangs for ever; within a second all must be over."""

DEFAULT_CHANNELS = 2
"""Channels heard unless chosen: the stereo pair that nearly every device has.

More would be wrong: ALSA's virtual devices claim 32 to 128 inputs that do not exist, and on a
desk the other channels carry other things than the music.
"""


class Microphone:
    """Delivers what an input device hears, at the device's own rate.

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
        self.info = find_input(list_devices(), device)
        self.name = self.info.name
        self._picked = pick_channels(self.info, channels)
        self._opened_channels = max(self._picked) + 1
        self.channels = len(self._picked)
        self._drops = 0
        self._callbacks = 0
        self._closing = False
        self._failure: Exception | None = None
        self._wake = threading.Event()
        self._finished = threading.Event()
        self._deliver: Deliver | None = None
        self._watch: threading.Thread | None = None
        self._select = column_selector(self._picked, self._opened_channels)
        self._abort = load_sounddevice().CallbackAbort
        self._stream = self._open(rate_hz or self.info.rate_hz)
        self.rate_hz = round(self._stream.samplerate)

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Start the stream; ``ended`` is called when the device is gone."""
        self._deliver = deliver
        self._watch = threading.Thread(
            target=self._watch_over, args=(ended,), name="microphone", daemon=True
        )
        sounddevice = load_sounddevice()
        try:
            with quiet_drivers():
                self._stream.start()
        except sounddevice.PortAudioError as error:
            raise refusal(error, self.info, self._opened_channels, self.rate_hz) from error
        self._watch.start()

    def drops(self) -> int:
        """Return how many blocks came with the driver's word that input was lost."""
        return self._drops

    def close(self) -> None:
        """Stop and free the device, within a second even where the driver hangs."""
        if self._closing:
            return
        self._closing = True
        self._wake.set()
        closer = threading.Thread(target=self._stream.close, name="microphone close", daemon=True)
        with quiet_drivers():
            closer.start()
            closer.join(CLOSE_LIMIT_S)
            settle_exit(stream_hangs=closer.is_alive())
        if self._watch is not None and self._watch is not threading.current_thread():
            self._watch.join(CHECK_INTERVAL_S)

    def _open(self, rate_hz: int) -> Any:
        sounddevice = load_sounddevice()
        try:
            with quiet_drivers():
                return sounddevice.InputStream(
                    device=self.info.number,
                    samplerate=rate_hz,
                    channels=self._opened_channels,
                    dtype="float32",
                    latency=max(LATENCY_S, self.info.low_latency_s),
                    callback=self._on_block,
                    finished_callback=self._on_finished,
                )
        except sounddevice.PortAudioError as error:
            raise refusal(error, self.info, self._opened_channels, rate_hz) from error

    def _on_block(self, block: Block, samples: int, times: object, status: Any) -> None:
        """Runs in the driver's thread: count, pick, pass on."""
        if self._closing or self._deliver is None:
            return
        self._callbacks += 1
        if status and status.input_overflow:
            self._drops += 1
        try:
            self._deliver(self._select(block))
        except Exception as error:
            self._failure = error
            raise self._abort from error

    def _on_finished(self) -> None:
        self._finished.set()
        self._wake.set()

    def _watch_over(self, ended: Ended) -> None:
        """Call ``ended`` once the stream is over without our having closed it."""
        seen, last = 0, time.monotonic()
        while not self._closing:
            self._wake.wait(CHECK_INTERVAL_S)
            now = time.monotonic()
            if self._callbacks != seen:
                seen, last = self._callbacks, now
            limit_s = SILENCE_OF_CALLBACKS_LIMIT_S if seen else FIRST_BLOCK_LIMIT_S
            if self._closing:
                return
            if self._finished.is_set() or now - last > limit_s:
                what = "is gone" if seen else "gives no sound"
                gone = UserError(
                    f"The input device “{self.name}” {what}: plug it in again, or choose another "
                    "(realtime-mer devices lists them)."
                )
                ended(self._failure or gone)
                return


def pick_channels(device: DeviceInfo, channels: tuple[int, ...] | None) -> tuple[int, ...]:
    """Return the channels to deliver, 0-based.

    Raises:
        UserError: one is beyond the device's.
    """
    if channels is None:
        return tuple(range(min(DEFAULT_CHANNELS, device.input_channels)))
    beyond = [channel for channel in channels if channel >= device.input_channels]
    if beyond:
        raise UserError(
            f"“{device.name}” has no channel {beyond[0] + 1}: choose --channels from 1 to "
            f"{device.input_channels}."
        )
    return channels


def column_selector(picked: tuple[int, ...], opened: int) -> Any:
    """Return a function from a block of all open channels to one of the picked ones.

    Neighbours in ascending order are a view, so nothing is copied in the callback.
    """
    first, count = picked[0], len(picked)
    if picked == tuple(range(opened)):
        return lambda block: block
    if picked == tuple(range(first, first + count)):
        columns = slice(first, first + count)
        return lambda block: block[:, columns]
    indices = np.array(picked)
    return lambda block: block[:, indices]
