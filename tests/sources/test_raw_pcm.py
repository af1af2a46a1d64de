"""Raw PCM: every format, any portions, and an end without hanging."""

from __future__ import annotations

import io
import itertools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.sources.base import Block
from realtime_mer.sources.raw_pcm import SAMPLE_FORMATS, PcmDecoder, RawPcm

SUBTYPES = {"u8": "PCM_U8", "s8": "PCM_S8", "s16": "PCM_16", "s24": "PCM_24", "s32": "PCM_32"}
SUBTYPES |= {"f32": "FLOAT", "f64": "DOUBLE"}


def written(folder: Path, sample_format: str, samples: Block) -> tuple[bytes, Block]:
    """Let libsndfile write raw samples; return the bytes, and what it reads back."""
    path = folder / "samples.raw"
    subtype = SUBTYPES[sample_format.removesuffix("le").removesuffix("be")]
    endian = "BIG" if sample_format.endswith("be") else "LITTLE"
    kind = {"format": "RAW", "subtype": subtype, "endian": endian}
    soundfile.write(path, samples, 44_100, **kind)
    read, _ = soundfile.read(
        path, dtype="float32", always_2d=True, samplerate=44_100, channels=samples.shape[1], **kind
    )
    return path.read_bytes(), read


@pytest.mark.parametrize("sample_format", SAMPLE_FORMATS)
def test_formats_agree_with_libsndfile(tmp_path: Path, sample_format: str) -> None:
    """Every format decodes to what libsndfile makes of the same bytes."""
    samples = np.random.default_rng(3).uniform(-1, 1, (500, 2)).astype(np.float32)
    samples[:2] = [[0, 0.5], [-1, -0.5]]
    data, expected = written(tmp_path, sample_format, samples)
    decoded = PcmDecoder(sample_format.upper(), 2).push(data)
    assert decoded.dtype == np.float32
    np.testing.assert_allclose(decoded, expected, rtol=0, atol=1e-7)


@given(
    data=st.binary(max_size=400),
    sample_format=st.sampled_from(list(SAMPLE_FORMATS)),
    channels=st.integers(1, 5),
    cuts=st.lists(st.integers(0, 400), max_size=12),
)
def test_any_split_gives_the_same_samples(
    data: bytes, sample_format: str, channels: int, cuts: list[int]
) -> None:
    """However the bytes are cut into portions, the samples are the same."""
    whole = PcmDecoder(sample_format, channels).push(data)
    decoder = PcmDecoder(sample_format, channels)
    edges = sorted([0, len(data), *(min(cut, len(data)) for cut in cuts)])
    joined = np.concatenate([decoder.push(data[a:b]) for a, b in itertools.pairwise(edges)])
    np.testing.assert_array_equal(joined, whole)
    frame_bytes = channels * int(SAMPLE_FORMATS[sample_format][1])
    assert whole.shape == (len(data) // frame_bytes, channels)


@given(st.binary(max_size=400), st.sampled_from(list(SAMPLE_FORMATS)))
def test_noise_stays_finite(data: bytes, sample_format: str) -> None:
    """Whatever comes through the pipe, samples are finite, and those of integers within ±1."""
    samples = PcmDecoder(sample_format, 1).push(data)
    assert np.isfinite(samples).all()
    if not sample_format.startswith("f"):
        assert (np.abs(samples) <= 1).all()


def test_unknown_format_lists_the_known() -> None:
    """A format nobody knows gets the list."""
    with pytest.raises(UserError, match=r"“mp3” is unknown: .*s16le, .*f32le"):
        PcmDecoder("mp3", 2)


@pytest.mark.parametrize(
    ("rate_hz", "channels", "flag"), [(0, 2, "--rate"), (44_100, 0, "--channels")]
)
def test_nonsense_is_refused(rate_hz: int, channels: int, flag: str) -> None:
    """A rate or a number of channels that cannot be names its flag."""
    with pytest.raises(UserError, match=flag):
        RawPcm(io.BytesIO(), rate_hz, channels, "s16le")


class Heard:
    """Collects what a source delivers."""

    def __init__(self, source: RawPcm) -> None:
        self.blocks: list[Block] = []
        self.endings: list[Exception | None] = []
        self.over = threading.Event()
        source.start(lambda block: self.blocks.append(block.copy()), self.ended)

    def ended(self, failure: Exception | None) -> None:
        self.endings.append(failure)
        self.over.set()


def test_samples_of_a_pipe_arrive_as_they_are_written() -> None:
    """A few samples are heard at once, not when a buffer is full; the rest of a frame waits."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stream, os.fdopen(writer, "wb", buffering=0) as pipe:
        source = RawPcm(stream, 48_000, 2, "s16le")
        heard = Heard(source)
        pipe.write(np.array([[1, 2], [3, 4]], dtype="<i2").tobytes() + b"\x05")
        deadline = time.monotonic() + 10
        while not heard.blocks and time.monotonic() < deadline:
            time.sleep(0.005)
        np.testing.assert_array_equal(heard.blocks[0] * 32_768, [[1, 2], [3, 4]])
        pipe.write(b"\x00\x06\x00")
        pipe.close()
        assert heard.over.wait(10)
        np.testing.assert_array_equal(heard.blocks[1] * 32_768, [[5, 6]])
        assert heard.endings == [None]
        source.close()


def test_any_stream_will_do() -> None:
    """A stream without a raw file below it is read as it is."""
    source = RawPcm(io.BytesIO(bytes(44_100 * 4)), 44_100, 2, "s16le")
    heard = Heard(source)
    assert heard.over.wait(10)
    assert sum(len(block) for block in heard.blocks) == 44_100


def test_close_while_the_pipe_is_silent() -> None:
    """Close returns although the read goes on waiting."""
    reader, writer = os.pipe()
    stream = os.fdopen(reader, "rb")
    source = RawPcm(stream, 44_100, 2, "s16le")
    heard = Heard(source)
    start_s = time.monotonic()
    source.close()
    assert time.monotonic() - start_s < 1.0
    os.write(writer, bytes(400))
    os.close(writer)
    time.sleep(0.05)
    assert heard.blocks == []
    assert heard.endings == []
    stream.close()


def test_interpreter_ends_while_the_pipe_is_silent() -> None:
    """The program ends cleanly though its thread still waits for standard input."""
    script = (
        "import sys, time\n"
        "from realtime_mer.sources.raw_pcm import RawPcm\n"
        "source = RawPcm(sys.stdin.buffer, 44100, 2, 's16le')\n"
        "source.start(lambda block: None, lambda failure: None)\n"
        "time.sleep(0.1)\n"
        "source.close()\n"
        "print('closed')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read() == "closed\n"
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()
