"""Which channels are streams of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.sources.devices import DeviceInfo
from realtime_mer.sources.each import (
    Each,
    check_count,
    every_channel,
    parse_each,
    stream_name,
    stream_numbers,
)


def device(name: str, host_api: str, channels: int) -> DeviceInfo:
    """An input with so many channels."""
    return DeviceInfo(0, name, host_api, channels, 48_000)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("each", Each("")),
        (" EACH ", Each("")),
        ("each:1-8", Each("1-8")),
        ("each: 3,4", Each("3,4")),
        ("3,4", None),
        ("", None),
        (None, None),
        ("eachother", None),
    ],
)
def test_each_is_told_from_other_choices(text: str | None, meant: Each | None) -> None:
    """Only the word itself, alone or with a list behind a colon, means it."""
    assert parse_each(text) == meant


def test_a_colon_wants_channels() -> None:
    """Nothing behind the colon is a slip, not a wish for all."""
    with pytest.raises(UserError, match="each:1-8"):
        parse_each("each:")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing makes the parser fall over."""
    begins = text.strip().lower().startswith("each")
    try:
        meant = parse_each(text)
    except UserError:
        assert begins
    else:
        assert meant is None or begins


def test_all_channels_of_a_card_are_streams() -> None:
    """A real device is believed, an ALSA device that is none is not."""
    assert every_channel(device("X32", "Core Audio", 32)) == tuple(range(32))
    assert every_channel(device("X-USB: Audio (hw:1,0)", "ALSA", 16)) == tuple(range(16))
    assert every_channel(device("pulse", "JACK Audio Connection Kit", 2)) == (0, 1)
    with pytest.raises(UserError, match="each:1-8"):
        every_channel(device("pulse", "ALSA", 32))


def test_streams_are_called_by_their_channels() -> None:
    """Numbers are those of the desk, from 1, also where some were picked."""
    assert stream_numbers(None, 3) == (1, 2, 3)
    assert stream_numbers((4, 5), 2) == (5, 6)
    assert stream_name(5) == "Channel 5"


def test_there_may_be_sixty_four() -> None:
    """More are refused, with how to choose."""
    check_count(64, "desk")
    with pytest.raises(UserError, match="each:1-64"):
        check_count(65, "desk")
