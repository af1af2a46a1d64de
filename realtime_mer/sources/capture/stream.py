"""An input of the sound card, heard through PortAudio's callback."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from realtime_mer.errors import UserError
from realtime_mer.sources.base import Block
from realtime_mer.sources.capture.urgency import go_first
from realtime_mer.sources.devices import DeviceInfo, load_sounddevice, refusal

LATENCY_S = 0.02
"""Buffer asked of the driver, unless its own suggestion for interactive use is longer.

It is one hop of the front end: with less the callback would run more often (470 times a
second through PulseAudio's plugin instead of about 200) and nothing would be heard sooner.
"""

FIRST_BLOCK_LIMIT_S = 10.0
"""A device that has not delivered anything by then never will (ALSA's ``null`` and ``file``)."""

SILENCE_OF_CALLBACKS_LIMIT_S = 2.0
"""A running device that does not call for this long is gone: a dead JACK says nothing."""

CHECK_INTERVAL_S = 0.1

DEFAULT_CHANNELS = 2
"""Channels heard unless chosen: the stereo pair that nearly every device has.

More would be wrong: ALSA's virtual devices claim 32 to 128 inputs that do not exist, and on a
desk the other channels carry other things than the music.
"""

Take = Callable[[Block, int], None]
"""Takes a block and the number of blocks lost so far; keeps no reference to the array."""


class InputStream:
    """What an input device hears, at the device's own rate unless another is asked for.

    Args:
        info: the device.
        channels: channels to deliver, 0-based and in this order; None for the first two
            (or the only one).
        rate_hz: rate to ask of the device instead of its own.

    Raises:
        UserError: the device is busy, or it refuses the rate or the channels.
    """

    def __init__(
        self, info: DeviceInfo, channels: tuple[int, ...] | None, rate_hz: int | None
    ) -> None:
        self.info = info
        picked = pick_channels(info, channels)
        self.channels = len(picked)
        self._opened_channels = max(picked) + 1
        self._select = column_selector(picked, self._opened_channels)
        self._take: Take | None = None
        self._drops = 0
        self._callbacks = 0
        self._finished = threading.Event()
        self._stream = self._open(rate_hz or info.rate_hz)
        self.rate_hz = round(self._stream.samplerate)

    def start(self, take: Take) -> None:
        """Start to hand over blocks, from the driver's thread.

        Raises:
            UserError: the device refuses.
        """
        self._take = take
        sounddevice = load_sounddevice()
        try:
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise refusal(error, self.info, self._opened_channels, self.rate_hz) from error

    def wait_until_gone(self) -> UserError:
        """Return why, once no more blocks will come.

        Most drivers say so. For the others the callbacks are counted: looks without a new one
        count, not seconds, so that a process that was itself held up blames nobody.
        """
        seen, looks = 0, 0
        while not self._finished.wait(CHECK_INTERVAL_S):
            seen, looks = self._callbacks, looks + 1 if self._callbacks == seen else 0
            limit_s = SILENCE_OF_CALLBACKS_LIMIT_S if seen else FIRST_BLOCK_LIMIT_S
            if looks * CHECK_INTERVAL_S > limit_s:
                break
        what = "is gone" if self._callbacks else "gives no sound"
        return UserError(
            f"The input device “{self.info.name}” {what}: plug it in again, or choose another "
            "(realtime-mer devices lists them)."
        )

    def close(self) -> None:
        """Stop and free the device; a dead driver may never return from this."""
        self._stream.close()

    def _open(self, rate_hz: int) -> Any:
        sounddevice = load_sounddevice()
        try:
            return sounddevice.InputStream(
                device=self.info.number,
                samplerate=rate_hz,
                channels=self._opened_channels,
                dtype="float32",
                latency=max(LATENCY_S, self.info.low_latency_s),
                callback=self._on_block,
                finished_callback=self._finished.set,
            )
        except sounddevice.PortAudioError as error:
            raise refusal(error, self.info, self._opened_channels, rate_hz) from error

    def _on_block(self, block: Block, samples: int, times: object, status: Any) -> None:
        """Runs in the driver's thread: count, pick, pass on."""
        if not self._callbacks:
            go_first()
        self._callbacks += 1
        if status and status.input_overflow:
            self._drops += 1
        if self._take is not None:
            self._take(self._select(block), self._drops)


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
