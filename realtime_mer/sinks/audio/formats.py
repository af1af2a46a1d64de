"""Sound files whose headers are right at any moment, not only after the last one.

A program that is killed closes nothing. FLAC keeps the number of samples in its first block
and WAV in two places of its header; encoders fill these in at the end, so that what is left by
a crash has a length of 0 or none, and many programs refuse it. Here the header is put right
after each piece, to say what is certainly in the file.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from realtime_mer.errors import UserError
from realtime_mer.sinks.audio.growing import GrowingFile
from realtime_mer.sinks.new_file import reason

Int32 = NDArray[np.int32]

SUFFIXES = (".flac", ".wav")
SAMPLE_BYTES = 3
"""24 bits: what the best converters have. 16 would be too few for a quiet input, as nobody
sets a level for the tracker's sake."""
MOST_FLAC_CHANNELS = 8

_FLAC_ROOM = 1 << 17
"""Bytes that the frame under way and the header may need beyond the samples given."""
_FLAC_TOTAL_BITS = 36
_FLAC_TOTAL_AT = 18
_FLAC_LARGEST_BLOCK_AT = 10

_WAV_MOST_BYTES = 0xFFFFFFFF
_WAV_HEADER_BYTES = 80


class BrokenRecording(Exception):
    """The file can take nothing more; what is in it can be read."""


class SoundWriter(Protocol):
    """A sound file that grows."""

    samples: int
    """Samples a channel that were written."""

    def write(self, block: Int32) -> None:
        """Write samples, int32 ``[samples, channels]``, of which the upper 24 bits count.

        Raises:
            OSError: if there is no room on the disk; then nothing was written.
            BrokenRecording: if this file is lost for further samples.
        """

    def update(self) -> None:
        """Have the header say what is in the file.

        Raises:
            OSError: if that fails.
        """

    def is_removed(self) -> bool:
        """Tell whether nobody will find the file any more."""

    def close(self) -> None:
        """Finish the file."""


def open_writer(path: Path, rate_hz: int, channels: int) -> SoundWriter:
    """Make a new sound file, of the kind its name ends in.

    Raises:
        UserError: the name ends in neither .flac nor .wav, the file exists or cannot be made,
            or FLAC cannot hold so many channels or such a rate.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES or path.is_char_device():
        raise UserError(
            f"{path} cannot hold the sound: choose the name of a file that ends in .flac or .wav."
        )
    if suffix == ".wav":
        return WavFile(GrowingFile(path), rate_hz, channels)
    if channels > MOST_FLAC_CHANNELS:
        raise UserError(
            f"FLAC holds {MOST_FLAC_CHANNELS} channels at most, not {channels}: record to a name "
            "that ends in .wav, or choose fewer with --channels."
        )
    return FlacFile(GrowingFile(path), rate_hz, channels)


class FlacFile:
    """FLAC of 24 bits, encoded by libsndfile."""

    def __init__(self, file: GrowingFile, rate_hz: int, channels: int) -> None:
        import soundfile

        self.samples = 0
        self._file = file
        self._sample_bytes = SAMPLE_BYTES * channels
        self._errors = (soundfile.SoundFileError, AssertionError)
        self._streaminfo: tuple[int, int] | None = None
        _take_room(file, _FLAC_ROOM)
        try:
            self._sound: Any = soundfile.SoundFile(
                file, "w", rate_hz, channels, "PCM_24", format="FLAC"
            )
        except soundfile.SoundFileError:
            _give_up(file)
            raise UserError(
                f"{file.path} cannot be recorded to, as FLAC does not know {rate_hz} Hz: record "
                "to a name that ends in .wav."
            ) from None

    def write(self, block: Int32) -> None:
        """Write samples; see :class:`SoundWriter`."""
        # A frame that cannot be compressed is stored as it is, with a header of a few bytes.
        self._file.reserve(len(block) * self._sample_bytes * 9 // 8 + _FLAC_ROOM)
        try:
            self._sound.write(block)
        except self._errors as error:
            failure = self._file.failure
            raise BrokenRecording(reason(failure) if failure else str(error)) from error
        if self._file.failure is not None:
            raise BrokenRecording(reason(self._file.failure))
        self.samples += len(block)

    def update(self) -> None:
        """Write the number of samples whose frames are complete into STREAMINFO (RFC 9639)."""
        if self._streaminfo is None:
            if not self.samples:
                return
            (largest_block,) = struct.unpack(">H", self._file.peek(_FLAC_LARGEST_BLOCK_AT, 2))
            (packed,) = struct.unpack(">Q", self._file.peek(_FLAC_TOTAL_AT, 8))
            self._streaminfo = largest_block, packed >> _FLAC_TOTAL_BITS
        block, rest = self._streaminfo
        # The encoder writes a frame when it has seen the sample that follows it.
        complete = (self.samples - 1) // block * block
        self._file.patch(_FLAC_TOTAL_AT, struct.pack(">Q", rest << _FLAC_TOTAL_BITS | complete))

    def is_removed(self) -> bool:
        """Tell whether nobody will find the file any more."""
        return self._file.is_removed()

    def close(self) -> None:
        """Finish the file: the last frame, and the header with its checksum."""
        try:
            self._sound.close()
        except self._errors:
            pass  # said when it broke
        finally:
            self._file.close()


class WavFile:
    """WAV of 24 bits; beyond 4 GiB it becomes RF64, as EBU Tech 3306 has it."""

    def __init__(self, file: GrowingFile, rate_hz: int, channels: int) -> None:
        self.samples = 0
        self._file = file
        self._rate_hz = rate_hz
        self._channels = channels
        _take_room(file, _WAV_HEADER_BYTES)
        file.write(wav_header(rate_hz, channels, 0))

    def write(self, block: Int32) -> None:
        """Write samples; see :class:`SoundWriter`."""
        # Little-endian int32 without its lowest byte.
        octets = np.ascontiguousarray(block, "<i4").view(np.uint8)
        data = octets.reshape(*block.shape, 4)[..., 1:].tobytes()
        self._file.reserve(len(data) + 1)
        self._file.write(data)
        if self._file.failure is not None:
            raise BrokenRecording(reason(self._file.failure))
        self.samples += len(block)

    def update(self) -> None:
        """Write the header with the length as it is."""
        self._file.patch(0, wav_header(self._rate_hz, self._channels, self.samples))

    def is_removed(self) -> bool:
        """Tell whether nobody will find the file any more."""
        return self._file.is_removed()

    def close(self) -> None:
        """Finish the file; a chunk of an odd length has a byte after it."""
        if self.samples * self._channels * SAMPLE_BYTES % 2:
            self._file.write(b"\0")
        try:
            self.update()
        except OSError:
            pass  # the one before stands
        finally:
            self._file.close()


def _take_room(file: GrowingFile, size: int) -> None:
    """Make sure that a file can be begun; UserError where the disk is full already."""
    try:
        file.reserve(size)
    except OSError as error:
        _give_up(file)
        raise UserError(
            f"{file.path} cannot be recorded to: {reason(error)}; free space, or choose another "
            "place."
        ) from None


def _give_up(file: GrowingFile) -> None:
    file.close()
    file.path.unlink(missing_ok=True)


def wav_header(rate_hz: int, channels: int, samples: int) -> bytes:
    """Return the 80 bytes before the samples.

    A chunk of no meaning keeps the place that RF64 needs for lengths of 64 bits.
    """
    frame_bytes = SAMPLE_BYTES * channels
    data_bytes = frame_bytes * samples
    riff_bytes = _WAV_HEADER_BYTES - 8 + data_bytes + data_bytes % 2
    form = struct.pack(
        "<4sIHHIIHH",
        b"fmt ",
        16,
        1,  # plain PCM
        channels,
        rate_hz,
        min(rate_hz * frame_bytes, _WAV_MOST_BYTES),
        min(frame_bytes, 0xFFFF),
        8 * SAMPLE_BYTES,
    )
    if riff_bytes <= _WAV_MOST_BYTES:
        outer = struct.pack("<4sI4s4sI28x", b"RIFF", riff_bytes, b"WAVE", b"JUNK", 28)
        return outer + form + struct.pack("<4sI", b"data", data_bytes)
    outer = struct.pack("<4sI4s", b"RF64", _WAV_MOST_BYTES, b"WAVE")
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, riff_bytes, data_bytes, samples, 0)
    return outer + sizes + form + struct.pack("<4sI", b"data", _WAV_MOST_BYTES)
