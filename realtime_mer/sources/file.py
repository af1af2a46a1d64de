"""Sound files: whatever libsndfile reads (WAV, FLAC, Ogg, Opus, MP3, AIFF and more)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from realtime_mer.errors import UserError
from realtime_mer.sources.base import Block, Deliver, Ended
from realtime_mer.sources.playing import Player, block_samples, checked_speed, picked_columns

UNKNOWN_LENGTH = (1 << 63) - 1
"""What libsndfile says where a file does not: its largest number, ``SF_COUNT_MAX``."""


@dataclass(frozen=True, slots=True)
class SoundFileInfo:
    """What a file says of itself.

    Attributes:
        rate_hz: samples per second in each channel.
        channels: number of channels.
        samples: length in samples of one channel; 0 where the file does not say, as FLAC does
            not that was written into a pipe or whose writer was killed.
    """

    rate_hz: int
    channels: int
    samples: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.samples / self.rate_hz


def probe(path: Path) -> SoundFileInfo:
    """Return rate, channels and length of a file.

    Raises:
        UserError: the file is missing, a folder, unreadable, not audio, or has no samples.
    """
    with open_sound(path) as sound:
        samples = 0 if sound.frames == UNKNOWN_LENGTH else sound.frames
        return SoundFileInfo(sound.samplerate, sound.channels, samples)


def read_blocks(path: Path, block_samples: int) -> Iterator[Block]:
    """Yield a file's samples from beginning to end.

    Args:
        path: the file.
        block_samples: samples in each block; the last one may be shorter.

    Yields:
        float32 ``[samples, channels]``, full scale at ±1, a new array each.

    Raises:
        UserError: as :func:`probe`, at the first block; or the file is damaged further on.
    """
    with open_sound(path) as sound:
        yield from blocks_of(sound, path, block_samples)


def open_sound(path: Path) -> Any:
    """Open a file with libsndfile.

    Returns:
        A ``soundfile.SoundFile``, at its first sample.

    Raises:
        UserError: as :func:`probe`.
    """
    check_readable(path)
    import soundfile

    try:
        sound = sequential_reader()(path)
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: a headerless .raw
        raise UserError(
            f"“{path}” is not audio that can be read: convert it to WAV or FLAC, or pipe it in as "
            "raw PCM with --device -."
        ) from error
    if sound.frames == 0:
        sound.close()
        raise UserError(f"“{path}” has no samples: it is empty or was cut off.")
    return sound


def sequential_reader() -> Any:
    """Return a class like ``soundfile.SoundFile`` whose blocks join without a seam.

    After every read soundfile seeks to where it already is. In MP3 and Opus that throws away
    what the decoder carries from frame to frame, so that each block would begin with wrong
    samples (measured: off by up to full scale). It leaves files alone that cannot seek.
    """
    import soundfile

    class SequentialReader(soundfile.SoundFile):  # type: ignore[misc]
        def seekable(self) -> bool:
            return False

    return SequentialReader


def check_readable(path: Path) -> None:
    """Tell a path that is at fault from a file whose contents are.

    Raises:
        UserError: the file is missing, a folder, a device or a pipe, or may not be read.
    """
    if path.is_dir():
        raise UserError(f"“{path}” is a folder: name an audio file in it.")
    if path.exists() and not path.is_file():
        raise UserError(f"“{path}” is not a regular file: pipe raw PCM in with --device -.")
    try:
        path.open("rb").close()
    except FileNotFoundError:
        raise UserError(f"There is no file “{path}”: check the path.") from None
    except OSError as error:
        raise UserError(
            f"“{path}” cannot be read ({error.strerror}): check its permissions."
        ) from error


class SoundFile:
    """Plays a sound file as if it were heard now.

    Args:
        path: the file.
        speed: 1 for its own speed, ``math.inf`` for as fast as it goes.
        channels: channels to deliver, 0-based and in this order; None for all.

    Raises:
        UserError: as :func:`probe`; or the speed is not above 0, or a channel is beyond the
            file's.
    """

    live = False

    def __init__(
        self, path: Path, speed: float = 1.0, channels: tuple[int, ...] | None = None
    ) -> None:
        speed = checked_speed(speed)
        self.name = path.name
        self._sound = open_sound(path)
        self.rate_hz: int = self._sound.samplerate
        blocks = blocks_of(self._sound, path, block_samples(self.rate_hz, speed))
        try:
            blocks, self.channels = picked_columns(
                blocks, channels, self._sound.channels, path.name
            )
        except UserError:
            self._sound.close()
            raise
        self._player = Player(blocks, self.rate_hz, speed, "file")

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Begin to play; ``ended`` follows the last block."""
        self._player.start(deliver, ended)

    def drops(self) -> int:
        """Return 0: a file loses nothing."""
        return 0

    def close(self) -> None:
        """Stop and close the file."""
        if self._player.close():
            self._sound.close()


def blocks_of(sound: Any, path: Path, block_samples: int) -> Iterator[Block]:
    """Yield the rest of an open file."""
    import soundfile

    while True:
        try:
            block: Block = sound.read(block_samples, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            at_s = sound.tell() / sound.samplerate
            reason = str(error.error_string).removeprefix("Error : ").strip(". ")
            raise UserError(
                f"“{path}” is damaged after {at_s:.1f} s ({reason}): convert or copy it again."
            ) from error
        if len(block) == 0:
            return
        yield np.ascontiguousarray(block)
