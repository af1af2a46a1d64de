"""From what a person says to an open source."""

from __future__ import annotations

import io
import math
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from support.pulse import pulse_server

from realtime_mer.errors import UserError
from realtime_mer.sources.demo import Demo
from realtime_mer.sources.devices import DeviceInfo
from realtime_mer.sources.file import SoundFile
from realtime_mer.sources.opening import (
    SourceRequest,
    looks_like_file,
    open_source,
    parse_channel_count,
    parse_channels,
    what_is_wrong,
)
from realtime_mer.sources.raw_pcm import RawPcm

SAY_WHAT_AUTO_OPENS = (
    "from realtime_mer.sources.opening import *\n"
    "source, notice = open_source(SourceRequest('auto'))\n"
    "source.close()\n"
    "print(type(source).__name__, notice, sep='|')\n"
)


@given(st.lists(st.integers(1, 1024), min_size=1, max_size=20, unique=True))
def test_channels_are_counted_from_one(numbers: list[int]) -> None:
    """A list of numbers comes back in its order, counted from 0."""
    assert parse_channels(", ".join(map(str, numbers))) == tuple(n - 1 for n in numbers)


@given(st.integers(1, 1024), st.integers(0, 40))
def test_ranges_are_their_numbers(first: int, more: int) -> None:
    """``3-5`` is ``3,4,5``."""
    last = min(first + more, 1024)
    assert parse_channels(f"{first}-{last}") == tuple(range(first - 1, last))


@pytest.mark.parametrize(
    "text",
    ["", "0", "0-2", "3,", "a", "-1", "1.5", "4-3", "1--2", "1 2", "²", "99999", "1-9999999"],
)
def test_channels_that_are_none(text: str) -> None:
    """Nonsense is refused, with an example of sense."""
    with pytest.raises(UserError, match=r"names no channels: .*3,4 or 1-4\.$"):
        parse_channels(text)


@pytest.mark.parametrize("text", ["1,1", "1-3,2", "5,4-6"])
def test_channels_named_twice(text: str) -> None:
    """A channel named twice would be twice as loud, and is a slip."""
    with pytest.raises(UserError, match="twice"):
        parse_channels(text)


@given(st.text(max_size=12))
def test_any_text_gives_channels_or_a_sentence(text: str) -> None:
    """Whatever is typed, the parser answers."""
    try:
        channels = parse_channels(text)
    except UserError:
        return
    assert channels
    assert len(set(channels)) == len(channels)


def test_channel_count() -> None:
    """With standard input the flag is a number of channels."""
    assert parse_channel_count(" 2 ") == 2


@pytest.mark.parametrize("text", ["0", "3,4", "two", "", "-1", "99999"])
def test_channel_count_that_is_none(text: str) -> None:
    """A list makes no sense for standard input."""
    with pytest.raises(UserError, match="no number of channels"):
        parse_channel_count(text)


@pytest.mark.parametrize(
    ("device", "is_file"),
    [
        ("song.flac", True),
        ("Song.MP3", True),
        ("video.webm", True),
        ("./song", True),
        ("/music/song", True),
        ("~/song", True),
        ("C:\\music\\song", True),
        ("music/", True),
        ("Scarlett 2i2", False),
        ("Mic/Line", False),
        ("hw:1,0", False),
        ("3", False),
        ("Dr. Sound", False),
    ],
)
def test_files_are_told_from_devices(device: str, is_file: bool) -> None:
    """A suffix of audio or the look of a path makes it a file."""
    assert looks_like_file(device) is is_file


def test_file_that_exists_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is there is meant, whatever its name."""
    monkeypatch.chdir(tmp_path)
    assert not looks_like_file("take7")
    Path("take7").touch()
    assert looks_like_file("take7")


def test_file(tmp_path: Path) -> None:
    """A file's path opens it, with the channels and nothing to be said."""
    soundfile.write(tmp_path / "song.wav", np.zeros((100, 4)), 48_000)
    request = SourceRequest(str(tmp_path / "song.wav"), channels=(3,), speed=math.inf)
    source, notice = open_source(request)
    assert isinstance(source, SoundFile)
    assert (source.rate_hz, source.channels, notice) == (48_000, 1, "")
    source.close()


def test_missing_file_is_no_unknown_device() -> None:
    """A mistyped file's name gets the file's error, not a list of devices."""
    with pytest.raises(UserError, match=r"no file “son\.wav”"):
        open_source(SourceRequest("son.wav"))


def test_demo() -> None:
    """The demo opens by its name."""
    source, notice = open_source(SourceRequest("Demo"))
    assert isinstance(source, Demo)
    assert notice == ""
    source.close()


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """``-`` reads raw PCM with the rate, channels and format given."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    request = SourceRequest("-", rate_hz=48_000, stdin_channels=6, sample_format="f32le")
    source, _ = open_source(request)
    assert isinstance(source, RawPcm)
    assert (source.rate_hz, source.channels) == (48_000, 6)
    assert open_source(SourceRequest("-"))[0].rate_hz == 44_100


def test_keyboard_is_no_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is piped in, the sentence shows how."""
    keyboard, terminal = pty.openpty()
    with os.fdopen(terminal) as stdin, os.fdopen(keyboard, "wb"):
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(UserError, match="pipe raw PCM in, for example ffmpeg"):
            open_source(SourceRequest("-"))


@pytest.mark.e2e
def test_auto_without_a_microphone_plays_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no input, ``auto`` plays the demo and says so in one sentence."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PULSE_SERVER", "none")
    source, notice = open_source(SourceRequest("auto", channels=(6, 7)))
    assert isinstance(source, Demo)
    assert notice == "There is no audio input device, so the built-in demo plays instead."
    source.close()


def test_what_is_wrong_leaves_names_whole() -> None:
    """The remedy after the colon goes, colons within names stay."""
    error = UserError("“USB: Audio (hw:1)” refuses 8000 Hz: leave --rate out.")
    assert what_is_wrong(error) == "“USB: Audio (hw:1)” refuses 8000 Hz"
    assert what_is_wrong(UserError("It is late.")) == "It is late"


@pytest.mark.e2e
def test_auto_on_real_machines(tmp_path: Path) -> None:
    """With a sound server ``auto`` hears it, without one it plays the demo."""

    def opened(environment: dict[str, str]) -> list[str]:
        result = subprocess.run(
            [sys.executable, "-c", SAY_WHAT_AUTO_OPENS],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return result.stdout.strip().split("|")

    with pulse_server(tmp_path) as pulse:
        assert opened(pulse.environment) == [
            "Microphone",
            "Listening to the default input, “default”.",
        ]
    without = {**os.environ, "HOME": str(tmp_path), "PULSE_SERVER": "none"}
    kind, notice = opened(without)
    assert kind == "Demo"
    assert notice.endswith("so the built-in demo plays instead.")


def test_who_means_a_desk_gets_no_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every channel is to be a stream, a missing device is said and not replaced."""
    monkeypatch.setattr(
        "realtime_mer.sources.opening.list_devices",
        lambda: [DeviceInfo(0, "default", "ALSA", 32, 44_100, is_default=True)],
    )
    with pytest.raises(UserError, match="each:1-8"):
        open_source(SourceRequest(device="auto", every_channel=True))
