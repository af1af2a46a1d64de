"""Sound files that are whole at any moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.sinks.audio.formats import open_writer, wav_header

RATE_HZ = 44_100


def music(samples: int, channels: int) -> np.ndarray:
    """Noise of 24 bits, as int32."""
    rng = np.random.default_rng(samples)
    return rng.integers(-(1 << 23), 1 << 23, (samples, channels), np.int32) << 8


@pytest.mark.parametrize("suffix", [".flac", ".wav", ".WAV"])
@pytest.mark.parametrize("channels", [1, 2, 3, 8])
def test_every_sample_comes_back(tmp_path: Path, suffix: str, channels: int) -> None:
    """What was written is read by libsndfile bit for bit, pieces of any length."""
    path = tmp_path / f"set{suffix}"
    whole = music(50_001, channels)
    writer = open_writer(path, RATE_HZ, channels)
    for begin, end in ((0, 1), (1, 9_000), (9_000, 9_000), (9_000, 50_001)):
        writer.write(whole[begin:end])
        writer.update()
    writer.close()
    read, rate_hz = soundfile.read(path, dtype="int32", always_2d=True)
    assert rate_hz == RATE_HZ
    assert np.array_equal(read, whole)
    assert soundfile.info(path).subtype == "PCM_24"


def test_wav_is_padded_and_flac_is_small(tmp_path: Path) -> None:
    """A WAV file has the even length its header says; room that was not used is given back."""
    for suffix in (".wav", ".flac"):
        writer = open_writer(tmp_path / f"set{suffix}", RATE_HZ, 1)
        writer.write(np.zeros((3_333, 1), np.int32))
        writer.close()
    wav = (tmp_path / "set.wav").read_bytes()
    assert len(wav) == 80 + 3 * 3_333 + 1 == 8 + int.from_bytes(wav[4:8], "little")
    assert (tmp_path / "set.flac").stat().st_size < 15_000


@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_the_header_is_right_before_the_end(tmp_path: Path, suffix: str) -> None:
    """While it is being written the file opens and has all but the frame under way."""
    path = tmp_path / f"set{suffix}"
    whole = music(60_000, 2)
    writer = open_writer(path, RATE_HZ, 2)
    for begin in range(0, 60_000, 10_000):
        writer.write(whole[begin : begin + 10_000])
        writer.update()
        with soundfile.SoundFile(path) as sound:
            assert 0 <= begin + 10_000 - sound.frames <= 4_608
            read = sound.read(dtype="int32", always_2d=True)
        assert np.array_equal(read, whole[: len(read)])
        assert len(read) == sound.frames
    writer.close()


def test_wav_grows_beyond_four_gibibytes(tmp_path: Path) -> None:
    """A header for a longer file than WAV can say is RF64, and libsndfile reads its length."""
    samples = 900_000_000
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(wav_header(48_000, 2, samples))
        file.truncate(80 + 6 * samples)  # sparse: no disk is filled
    info = soundfile.info(path)
    assert (info.frames, info.samplerate, info.channels) == (samples, 48_000, 2)


@given(st.integers(0, 1 << 40), st.integers(1, 64))
def test_the_wav_header_has_one_length(samples: int, channels: int) -> None:
    """Whatever it says, the samples begin at the same place, so it can be put right at any
    time."""
    header = wav_header(192_000, channels, samples)
    assert len(header) == 80
    assert header[:4] == (b"RIFF" if 72 + 3 * channels * samples + 1 < 1 << 32 else b"RF64") or (
        abs(72 + 3 * channels * samples - (1 << 32)) <= 2
    )


@pytest.mark.parametrize(
    ("name", "rate_hz", "channels", "remedy"),
    [
        ("set.mp3", 44_100, 2, "ends in .flac or .wav"),
        ("set", 44_100, 2, "ends in .flac or .wav"),
        ("set.flac", 44_100, 9, "a name that ends in .wav"),
        ("set.flac", 768_000, 2, "a name that ends in .wav"),
        ("no/such/set.wav", 44_100, 2, "make it first"),
    ],
)
def test_what_cannot_be_is_said_with_the_remedy(
    tmp_path: Path, name: str, rate_hz: int, channels: int, remedy: str
) -> None:
    """One sentence says what is wrong and what to do, and no file is left behind."""
    with pytest.raises(UserError, match=remedy.replace(".", r"\.")):
        open_writer(tmp_path / name, rate_hz, channels)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_nothing_is_overwritten(tmp_path: Path, suffix: str) -> None:
    """An existing file stays as it is."""
    path = tmp_path / f"set{suffix}"
    path.write_bytes(b"precious")
    with pytest.raises(UserError, match="not overwritten"):
        open_writer(path, RATE_HZ, 2)
    assert path.read_bytes() == b"precious"
