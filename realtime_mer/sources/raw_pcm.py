"""Raw PCM from a pipe: samples without a header, as FFmpeg, SoX or a network player writes them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from realtime_mer.errors import UserError
from realtime_mer.sources.base import Block, Deliver, Ended
from realtime_mer.sources.playing import Player

SAMPLE_FORMATS: dict[str, tuple[str, int]] = {
    "u8": ("u1", 1),
    "s8": ("i1", 1),
    "s16le": ("<i2", 2),
    "s16be": (">i2", 2),
    "s24le": ("<i4", 3),
    "s24be": (">i4", 3),
    "s32le": ("<i4", 4),
    "s32be": (">i4", 4),
    "f32le": ("<f4", 4),
    "f32be": (">f4", 4),
    "f64le": ("<f8", 8),
    "f64be": (">f8", 8),
}
"""FFmpeg's name of each format: NumPy's type, and bytes a sample takes in the stream."""

RETRY_S = 0.01
READ_BYTES = 65_536
"""Most that is taken from the pipe at once; a read returns as soon as there is anything."""


class PcmDecoder:
    """Turns bytes, in portions of any size, into samples.

    Args:
        sample_format: a key of :data:`SAMPLE_FORMATS`; case does not matter.
        channels: number of interleaved channels.

    Raises:
        UserError: the format is unknown, or there are fewer channels than one.
    """

    def __init__(self, sample_format: str, channels: int) -> None:
        name = sample_format.strip().casefold()
        if name not in SAMPLE_FORMATS:
            raise UserError(
                f"The sample format “{sample_format}” is unknown: give --format one of "
                f"{', '.join(SAMPLE_FORMATS)}."
            )
        if channels < 1:
            raise UserError(
                f"Raw PCM cannot have {channels} channels: give --channels how many it has."
            )
        self.channels = channels
        self._dtype, self._sample_bytes = SAMPLE_FORMATS[name]
        self._carried = b""

    def push(self, data: bytes) -> Block:
        """Return the samples that are complete; the rest waits for the next bytes.

        Returns:
            float32 ``[samples, channels]``, integers scaled so that full scale is ±1. It may
            have no samples. Non-finite floats become 0, so that no noise on a pipe can
            poison what remembers the past.
        """
        data = self._carried + data
        frame_bytes = self._sample_bytes * self.channels
        whole = len(data) - len(data) % frame_bytes
        self._carried = data[whole:]
        return self._decode(data[:whole]).reshape(-1, self.channels)

    def _decode(self, data: bytes) -> NDArray[np.float32]:
        if self._sample_bytes == 3:
            values = self._widen(data)
        else:
            values = np.frombuffer(data, dtype=self._dtype)
        if values.dtype.kind == "f":
            with np.errstate(over="ignore", invalid="ignore"):
                floats = values.astype(np.float32)
            return np.nan_to_num(floats, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        full_scale = 2.0 ** (8 * values.dtype.itemsize - 1)
        offset = full_scale if values.dtype.kind == "u" else 0.0
        return ((values - offset) / full_scale).astype(np.float32)

    def _widen(self, data: bytes) -> NDArray[Any]:
        """Put 3-byte samples into the upper bytes of 4, which keeps sign and full scale."""
        wide = np.zeros((len(data) // 3, 4), dtype=np.uint8)
        columns = slice(1, 4) if self._dtype.startswith("<") else slice(0, 3)
        wide[:, columns] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        return wide.reshape(-1).view(self._dtype)


class RawPcm:
    """Delivers raw PCM from a stream as fast as it comes.

    Args:
        stream: a binary stream, such as ``sys.stdin.buffer``.
        rate_hz: samples per second in each channel.
        channels: number of interleaved channels.
        sample_format: a key of :data:`SAMPLE_FORMATS`.

    Raises:
        UserError: format, rate or channels make no sense.
    """

    live = False

    def __init__(
        self, stream: BinaryIO, rate_hz: int, channels: int, sample_format: str = "s16le"
    ) -> None:
        if rate_hz < 1:
            raise UserError(f"Raw PCM cannot have {rate_hz} samples a second: give --rate in Hz.")
        self.name = "standard input"
        self.rate_hz = rate_hz
        self.channels = channels
        decoder = PcmDecoder(sample_format, channels)
        self._player = Player(_blocks(stream, decoder), rate_hz, float("inf"), "raw PCM")

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Begin to read; ``ended`` follows the end of the stream."""
        self._player.start(deliver, ended)

    def drops(self) -> int:
        """Return 0: a pipe loses nothing."""
        return 0

    def close(self) -> None:
        """Deliver nothing more; a read that still waits for the pipe is left behind."""
        self._player.close()


def _blocks(stream: BinaryIO, decoder: PcmDecoder) -> Iterator[Block]:
    """Yield samples as they arrive.

    The raw file below a buffered one is read, if there is one: it returns what a pipe holds
    instead of waiting for a whole buffer, and a thread that is left waiting in it does not
    hold the buffer's lock, over which the interpreter would stumble at its end.
    """
    raw = getattr(stream, "raw", stream)
    while (data := raw.read(READ_BYTES)) != b"":
        if data is None:  # a pipe that somebody set to non-blocking
            time.sleep(RETRY_S)
            continue
        block = decoder.push(data)
        if len(block):
            yield block
