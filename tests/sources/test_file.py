"""Sound files: formats, blocks, and everything that can be wrong with one."""

from __future__ import annotations

import math
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.sources.base import Block
from realtime_mer.sources.file import SoundFile, probe, read_blocks

RATE_HZ = 48_000


def music(seconds: float = 1.0, channels: int = 2) -> Block:
    """A chord, each channel its own, float32 ``[samples, channels]``."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tones = [np.sin(2 * np.pi * 220 * (k + 1) * times) * 0.3 for k in range(channels)]
    return np.stack(tones, axis=1).astype(np.float32)


def play(source: SoundFile) -> tuple[Block, list[Exception | None]]:
    """Play a source to its end and return its samples and its ending."""
    blocks: list[Block] = []
    endings: list[Exception | None] = []
    over = threading.Event()

    def ended(failure: Exception | None) -> None:
        endings.append(failure)
        over.set()

    source.start(lambda block: blocks.append(block.copy()), ended)
    assert over.wait(20)
    source.close()
    return np.concatenate(blocks), endings


@pytest.mark.parametrize(
    ("suffix", "subtype", "tolerance"),
    [
        ("wav", "PCM_16", 4e-5),
        ("wav", "FLOAT", 0),
        ("flac", "PCM_24", 2e-7),
        ("aiff", "PCM_24", 2e-7),
        ("ogg", "VORBIS", 0.1),
        ("ogg", "OPUS", 0.1),
        ("mp3", "MPEG_LAYER_III", 0.1),
    ],
)
def test_formats(tmp_path: Path, suffix: str, subtype: str, tolerance: float) -> None:
    """Whatever libsndfile reads is played, with its own rate and channels."""
    samples = music()
    path = tmp_path / f"song.{suffix}"
    soundfile.write(path, samples, RATE_HZ, subtype=subtype)
    source = SoundFile(path, math.inf)
    assert (source.name, source.rate_hz, source.channels) == (path.name, RATE_HZ, 2)
    heard, endings = play(source)
    assert endings == [None]
    assert heard.dtype == np.float32
    if tolerance < 0.01:
        np.testing.assert_allclose(heard, samples, atol=tolerance)
    else:  # lossy: the same sound, not the same samples
        middle = slice(RATE_HZ // 4, 3 * RATE_HZ // 4)
        difference = heard[middle] - samples[middle]
        assert np.sqrt(np.mean(difference**2)) < tolerance * np.sqrt(np.mean(samples**2))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    kind=st.sampled_from([("flac", "PCM_24"), ("mp3", "MPEG_LAYER_III"), ("ogg", "OPUS")]),
    block_samples=st.integers(1, 5000),
)
def test_any_block_size_gives_the_same_samples(
    tmp_path: Path, kind: tuple[str, str], block_samples: int
) -> None:
    """How a file is cut into blocks changes no sample, whatever its decoder carries along."""
    suffix, subtype = kind
    path = tmp_path / f"song.{suffix}"
    if not path.exists():
        soundfile.write(path, music(0.2), RATE_HZ, subtype=subtype)
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    blocks = list(read_blocks(path, block_samples))
    assert all(len(block) == block_samples for block in blocks[:-1])
    assert 0 < len(blocks[-1]) <= block_samples
    np.testing.assert_array_equal(np.concatenate(blocks), expected)


def test_mono_file_has_a_column(tmp_path: Path) -> None:
    """A mono file gives blocks of one column."""
    soundfile.write(tmp_path / "mono.wav", music(0.1)[:, 0], RATE_HZ)
    assert next(read_blocks(tmp_path / "mono.wav", 100)).shape == (100, 1)


def test_paced_file_gives_all_samples(tmp_path: Path) -> None:
    """Played ten times as fast as it sounds, a file still gives every sample."""
    soundfile.write(tmp_path / "song.wav", music(1.5), RATE_HZ, subtype="FLOAT")
    heard, endings = play(SoundFile(tmp_path / "song.wav", 10.0))
    np.testing.assert_array_equal(heard, music(1.5))
    assert endings == [None]


def test_channels_of_a_file(tmp_path: Path) -> None:
    """Channels can be picked from a recording of a desk, in any order."""
    samples = music(0.1, channels=6)
    soundfile.write(tmp_path / "desk.wav", samples, RATE_HZ, subtype="FLOAT")
    source = SoundFile(tmp_path / "desk.wav", math.inf, (4, 1))
    assert source.channels == 2
    np.testing.assert_array_equal(play(source)[0], samples[:, [4, 1]])
    with pytest.raises(UserError, match=r"no channel 7: choose --channels from 1 to 6"):
        SoundFile(tmp_path / "desk.wav", math.inf, (6,))


def test_probe(tmp_path: Path) -> None:
    """Rate, channels and length are known before anything is read."""
    soundfile.write(tmp_path / "song.wav", music(1.5), RATE_HZ)
    info = probe(tmp_path / "song.wav")
    assert (info.rate_hz, info.channels, info.samples, info.duration_s) == (48_000, 2, 72_000, 1.5)


def test_missing(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(UserError, match=r"There is no file “.*song\.wav”"):
        SoundFile(tmp_path / "song.wav")


def test_folder(tmp_path: Path) -> None:
    """A folder is told from a file."""
    with pytest.raises(UserError, match="is a folder: name an audio file in it"):
        SoundFile(tmp_path)


def test_not_audio(tmp_path: Path) -> None:
    """A text, whatever its suffix, is refused with a way out."""
    for name in ("letter.wav", "letter.txt", "letter.raw"):
        (tmp_path / name).write_text("Dear audience,\n")
        with pytest.raises(UserError, match=r"is not audio that can be read: convert it"):
            SoundFile(tmp_path / name)


def test_empty_file(tmp_path: Path) -> None:
    """A file of no bytes is not audio either."""
    (tmp_path / "nothing.wav").touch()
    with pytest.raises(UserError, match="is not audio"):
        probe(tmp_path / "nothing.wav")


def test_no_samples(tmp_path: Path) -> None:
    """A proper file without a single sample is refused."""
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 2)), RATE_HZ)
    with pytest.raises(UserError, match="has no samples"):
        next(read_blocks(tmp_path / "empty.wav", 100))


def test_pipe_is_no_file(tmp_path: Path) -> None:
    """A named pipe would hang; standard input is proposed."""
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(UserError, match="--device -"):
        SoundFile(tmp_path / "pipe.wav")


def test_damaged_file_ends_with_the_reason(tmp_path: Path) -> None:
    """A file that turns to rubbish is played up to there, and then says so."""
    path = tmp_path / "song.flac"
    soundfile.write(path, np.random.default_rng(1).uniform(-1, 1, (4 * RATE_HZ, 2)), RATE_HZ)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2 :] = bytes(len(damaged) - len(damaged) // 2)
    path.write_bytes(damaged)
    heard, endings = play(SoundFile(path, math.inf))
    assert RATE_HZ <= len(heard) < 4 * RATE_HZ
    assert isinstance(endings[0], UserError)
    assert "is damaged after" in str(endings[0])


def test_a_length_that_is_not_said_is_none(tmp_path: Path) -> None:
    """FLAC that was written into a pipe has no length; it is read as far as it goes."""
    path = tmp_path / "piped.flac"
    soundfile.write(path, np.full((9_000, 1), 0.25), 8_000, "PCM_16")
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # the 36 bits of STREAMINFO that count samples
    data[22:26] = bytes(4)
    path.write_bytes(data)
    assert probe(path).samples == 0
    assert sum(len(block) for block in read_blocks(path, 1_000)) == 9_000
