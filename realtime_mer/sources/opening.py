"""From what a person says (``--device``, ``--channels`` …) to an open source."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from realtime_mer.errors import UserError
from realtime_mer.sources.base import Source
from realtime_mer.sources.choosing import find_input
from realtime_mer.sources.devices import list_devices
from realtime_mer.sources.each import every_channel

AUDIO_SUFFIXES = re.compile(
    r"\.(wave?|flac|og[ga]|opus|mp[234]|aif[fc]?|au|snd|caf|w64|rf64|m4a|aac|wma|webm|mka|raw|pcm)",
    re.IGNORECASE,
)
"""What ends in one of these is meant as a file, even where libsndfile cannot read it."""

DEFAULT_PCM_RATE_HZ = 44_100
DEFAULT_PCM_CHANNELS = 2
DEFAULT_PCM_FORMAT = "s16le"
MAX_CHANNEL = 1024


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """What to listen to.

    Attributes:
        device: ``mic``, ``auto``, ``demo``, ``-`` (standard input), an audio file's path, or a
            device's number, name or part of a name.
        channels: channels to hear, 0-based; None for the source's own default. For standard
            input it is not used.
        rate_hz: samples per second of standard input, or to ask of a device instead of its own.
        stdin_channels: number of interleaved channels on standard input.
        sample_format: format of the samples on standard input, as FFmpeg names it.
        speed: speed of a file or of the demo; ``math.inf`` for as fast as it goes.
        every_channel: hear all channels of a device rather than its first two, where
            ``channels`` names none.
    """

    device: str = "mic"
    channels: tuple[int, ...] | None = None
    rate_hz: int | None = None
    stdin_channels: int = DEFAULT_PCM_CHANNELS
    sample_format: str = DEFAULT_PCM_FORMAT
    speed: float = 1.0
    every_channel: bool = False


def open_source(request: SourceRequest) -> tuple[Source, str]:
    """Open what was asked for.

    Returns:
        The source, opened but not started; and a sentence to be said aloud where something
        else than the plain wish was done, else an empty string.

    Raises:
        UserError: it cannot be opened; the sentence says why and what to do.
    """
    device = request.device.strip()
    kind = device.casefold()
    if kind == "auto":
        return _open_auto(request)
    if kind == "demo":
        return _open_demo(request.speed, request.channels), ""
    if device == "-":
        return _open_standard_input(request), ""
    if looks_like_file(device):
        from realtime_mer.sources.file import SoundFile

        return SoundFile(Path(device).expanduser(), request.speed, request.channels), ""
    return _open_microphone(request), ""


def looks_like_file(device: str) -> bool:
    """Say whether a file is meant rather than a device.

    That is so if there is such a file, if the name ends like an audio file, or if it begins
    or ends like a path (``./``, ``/``, ``~``, ``C:\\``). A separator in the middle is no sign:
    devices are called ``Mic/Line`` too.
    """
    if Path(device).is_file() or AUDIO_SUFFIXES.fullmatch(Path(device).suffix):
        return True
    return re.match(r"\.{0,2}[/\\]|~|[a-zA-Z]:[/\\]", device) is not None or device.endswith(
        ("/", "\\")
    )


def parse_channels(text: str) -> tuple[int, ...]:
    """Return channel numbers, 0-based, from what a person types, 1-based.

    >>> parse_channels("3,4"), parse_channels("1-4"), parse_channels("8, 1-2")
    ((2, 3), (0, 1, 2, 3), (7, 0, 1))

    Raises:
        UserError: it is not a list of numbers and ranges from 1 up, or names one twice.
    """
    channels: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]+)\s*(?:-\s*([0-9]+)\s*)?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= MAX_CHANNEL:
            raise UserError(
                f"“{text}” names no channels: give --channels numbers from 1 up, "
                "such as 3,4 or 1-4."
            )
        channels.extend(range(first - 1, last))
    twice = [channel + 1 for channel in dict.fromkeys(channels) if channels.count(channel) > 1]
    if twice:
        raise UserError(f"“{text}” names channel {twice[0]} twice: name each channel once.")
    return tuple(channels)


def parse_channel_count(text: str) -> int:
    """Return how many channels standard input has: there ``--channels 2`` is a number of them.

    Raises:
        UserError: it is not one number from 1 up.
    """
    count = int(text) if re.fullmatch(r"\s*[0-9]{1,4}\s*", text) else 0
    if not 1 <= count <= MAX_CHANNEL:
        raise UserError(
            f"“{text}” is no number of channels: with --device - give --channels how many the "
            "raw PCM has, such as 2."
        )
    return count


def _open_auto(request: SourceRequest) -> tuple[Source, str]:
    try:
        source = _open_microphone(request, "mic")
    except UserError as error:
        if request.every_channel:  # a desk was meant, which the demo is not
            raise
        return _open_demo(), f"{what_is_wrong(error)}, so the built-in demo plays instead."
    return source, f"Listening to the default input, “{source.name}”."


def what_is_wrong(error: UserError) -> str:
    """Return the first half of an error's sentence, without the remedy after the colon.

    Names stand in quotes and may have colons of their own.
    """
    match = re.match(r"(?:“[^”]*”|[^“:])*", str(error))
    return (match[0] if match else str(error)).rstrip(". ")


def _open_demo(speed: float = 1.0, channels: tuple[int, ...] | None = None) -> Source:
    from realtime_mer.sources.demo import Demo

    return Demo(speed, channels)


def _open_microphone(request: SourceRequest, device: str | None = None) -> Source:
    from realtime_mer.sources.microphone import Microphone

    device = device or request.device
    channels = request.channels
    if request.every_channel and channels is None:
        channels = every_channel(find_input(list_devices(), device))
    return Microphone(device, channels, request.rate_hz)


def _open_standard_input(request: SourceRequest) -> Source:
    from realtime_mer.sources.raw_pcm import RawPcm

    if sys.stdin is None or sys.stdin.isatty():
        raise UserError(
            "Standard input is the keyboard: pipe raw PCM in, for example "
            "ffmpeg -i song.mp3 -f s16le -ar 44100 -ac 2 - | realtime-mer --device -."
        )
    return RawPcm(
        sys.stdin.buffer,
        request.rate_hz or DEFAULT_PCM_RATE_HZ,
        request.stdin_channels,
        request.sample_format,
    )
