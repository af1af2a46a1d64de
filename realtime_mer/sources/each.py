"""``--channels each``: every channel of an input as a stream of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from realtime_mer.errors import UserError
from realtime_mer.sources.devices import DeviceInfo

MOST_STREAMS = 64
"""Channels that may each be a stream: the largest desks have as many."""

VIRTUAL = re.compile(
    r"(sys)?default|pulse|pipewire|jack|null|dmix|dsnoop|hdmi|front|surround\d*", re.I
)
"""ALSA's devices that are none: they claim 32 to 128 channels, whatever is behind them."""


@dataclass(frozen=True, slots=True)
class Each:
    """What stands after ``each``.

    Attributes:
        listed: channels as a person types them, such as ``1-8``; empty for all there are.
    """

    listed: str


def parse_each(text: str | None) -> Each | None:
    """Return what is meant by ``each`` or ``each:1-8``; None for any other choice of channels.

    >>> parse_each("each"), parse_each("each:1-8"), parse_each("3,4")
    (Each(listed=''), Each(listed='1-8'), None)

    Raises:
        UserError: it begins like one and is none.
    """
    words = re.fullmatch(r"\s*each\s*(?::(.*))?", text or "", re.IGNORECASE)
    if words is None:
        return None
    if words[1] is not None and not words[1].strip():
        raise UserError("“each:” names no channels: write --channels each, or such as each:1-8.")
    return Each((words[1] or "").strip())


def every_channel(device: DeviceInfo) -> tuple[int, ...]:
    """Return all channels of a device, 0-based.

    Raises:
        UserError: the device claims channels that need not exist.
    """
    count = device.input_channels
    if device.host_api == "ALSA" and VIRTUAL.fullmatch(device.name):
        raise UserError(
            f"“{device.name}” claims {count} channels whatever is behind it: say which there "
            "are, such as --channels each:1-8."
        )
    return tuple(range(count))


def check_count(count: int, name: str) -> None:
    """Raise UserError where a source has more channels than may each be a stream."""
    if count > MOST_STREAMS:
        raise UserError(
            f"“{name}” has {count} channels, and {MOST_STREAMS} may each be a stream: choose some, "
            f"such as --channels each:1-{MOST_STREAMS}."
        )


def stream_numbers(channels: tuple[int, ...] | None, count: int) -> tuple[int, ...]:
    """Return what the streams of an open source are called: the channels, from 1.

    Args:
        channels: 0-based, as they were picked; None for all.
        count: how many the source delivers.
    """
    return tuple(channel + 1 for channel in (range(count) if channels is None else channels))


def stream_name(number: int) -> str:
    """Return what people call the stream of a channel."""
    return f"Channel {number}"
