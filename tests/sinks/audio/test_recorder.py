"""The recording of the sound: aligned whatever happens, and readable after a kill."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from realtime_mer.sinks.audio import AudioRecorder
from realtime_mer.sinks.audio import recorder as module
from realtime_mer.sinks.audio.recorder import to_int32

RATE_HZ = 16_000


def music(seconds: float, channels: int = 2) -> NDArray[np.float32]:
    """Noise whose samples are those of a 24-bit converter."""
    shape = (round(seconds * RATE_HZ), channels)
    integers = np.random.default_rng(0).integers(-(1 << 22), 1 << 22, shape)
    return (integers / (1 << 23)).astype(np.float32)


@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_sample_n_is_the_nth_that_was_heard(tmp_path: Path, suffix: str) -> None:
    """Blocks of changing length come back as one stream, bit for bit, without a word."""
    samples = music(12.3)
    recorder = AudioRecorder(tmp_path / f"set{suffix}", RATE_HZ, 2)
    begin, rng = 0, np.random.default_rng(1)
    while begin < len(samples):
        size = int(rng.integers(1, 3_000))
        while recorder.hurried:
            time.sleep(0.001)
        recorder.take(samples[begin : begin + size])
        begin += size
    recorder.close()
    read, rate_hz = soundfile.read(tmp_path / f"set{suffix}", dtype="float32")
    assert rate_hz == RATE_HZ
    assert np.array_equal(read, samples)
    assert recorder.lost == 0


def test_nonsense_samples_are_cut(tmp_path: Path) -> None:
    """What is beyond full scale is cut there, what is no number is silence."""
    block = np.array([[2.0, -2.0, np.nan, np.inf, -np.inf, 1.0, -1.0, 0.5]], np.float32)
    top = (1 << 31) - 256
    expected = [top, -(1 << 31), 0, top, -(1 << 31), top, -(1 << 31), 1 << 30]
    assert to_int32(block).tolist() == [expected]


def test_sound_that_comes_too_fast_is_silence_in_its_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the ring was overrun the file has silence, all else is in its place, it is counted."""
    samples = music(40.0, 1)
    recorder = AudioRecorder(tmp_path / "set.wav", RATE_HZ, 1)
    with caplog.at_level(logging.INFO):
        recorder.take(samples)  # all at once: 30 s more than wait for the disk
        recorder.close()
    read, _ = soundfile.read(tmp_path / "set.wav", dtype="float32", always_2d=True)
    assert len(read) == len(samples)
    assert recorder.lost == 30 * RATE_HZ
    assert not read[: recorder.lost].any()
    assert np.array_equal(read[recorder.lost :], samples[recorder.lost :])
    assert "the disk is too slow" in caplog.text
    assert "lacks 30.0 s of sound" in caplog.text


FULL_DISK = """
import logging, resource, signal, sys, time
from pathlib import Path
import numpy as np
from realtime_mer.sinks.audio import AudioRecorder

logging.basicConfig(level=logging.INFO, format="%(message)s")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the limit then is an error like a full disk
path, rate_hz = Path(sys.argv[1]), 16_000
samples = np.load(sys.argv[2])
limit = 700_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
recorder = AudioRecorder(path, rate_hz, 2)
for second in range(24):
    if second == 16:
        time.sleep(0.8)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    slowest = 0.0
    for begin in range(second * rate_hz, (second + 1) * rate_hz, 512):
        now = time.perf_counter()
        recorder.take(samples[begin : min(begin + 512, (second + 1) * rate_hz)])
        slowest = max(slowest, time.perf_counter() - now)
    time.sleep(0.1)
recorder.close()
print(recorder.lost)
"""


@pytest.mark.e2e
@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_a_full_disk_costs_samples_and_not_the_place_of_others(tmp_path: Path, suffix: str) -> None:
    """While the disk is full there is silence; before and after it every sample is right."""
    path = tmp_path / f"set{suffix}"
    samples = music(24.0)
    np.save(tmp_path / "samples.npy", samples)
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL_DISK), path, tmp_path / "samples.npy"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lost = int(result.stdout)
    assert 0 < lost < len(samples) // 2 + 8 * RATE_HZ
    assert result.stderr.count("cannot be written") == 1
    assert "is written again" in result.stderr
    assert "the show goes on" in result.stderr
    assert f"lacks {lost / RATE_HZ:.1f} s" in result.stderr
    read, _ = soundfile.read(path, dtype="float32")
    assert len(read) == len(samples)
    wrong = np.flatnonzero((read != samples).any(axis=1))
    assert len(wrong) <= lost
    assert not read[wrong[0] : wrong[-1] + 1].any(), "one gap, of silence"
    assert wrong[-1] + 1 - wrong[0] <= lost
    assert wrong[0] > 3 * RATE_HZ
    assert len(samples) - wrong[-1] > RATE_HZ


STAYS_FULL = """
import resource, signal, sys, time
from pathlib import Path
import numpy as np
from realtime_mer.errors import UserError
from realtime_mer.sinks.audio import AudioRecorder

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
samples = np.load(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    recorder = AudioRecorder(Path(sys.argv[1]), 16_000, 2)
except UserError as error:
    sys.exit(str(error))
for begin in range(0, len(samples), 1_000):
    while recorder.hurried:
        time.sleep(0.001)
    recorder.take(samples[begin : begin + 1_000])
recorder.close()
print(recorder.lost)
"""


def record_on_a_full_disk(
    path: Path, samples: NDArray[np.float32], limit: int
) -> subprocess.CompletedProcess[str]:
    """Record where no file can grow beyond a number of bytes."""
    np.save(path.with_suffix(".npy"), samples)
    words = [sys.executable, "-c", STAYS_FULL, path, path.with_suffix(".npy"), limit]
    return subprocess.run(
        list(map(str, words)), capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.e2e
@pytest.mark.parametrize("limit", [500_003, 777_777])
@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_a_disk_that_stays_full_keeps_what_there_was(
    tmp_path: Path, suffix: str, limit: int
) -> None:
    """The file is closed in good order and has all until the disk was full; the rest is counted."""
    path, samples = tmp_path / f"set{suffix}", music(20.0)
    result = record_on_a_full_disk(path, samples, limit)
    assert result.returncode == 0, result.stderr
    read, _ = soundfile.read(path, dtype="float32")
    assert len(read) > 2 * RATE_HZ
    assert np.array_equal(read, samples[: len(read)])
    assert len(read) + int(result.stdout) == len(samples)


@pytest.mark.e2e
@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_a_disk_that_is_full_already_is_a_sentence(tmp_path: Path, suffix: str) -> None:
    """Nothing is begun, and nothing is left behind."""
    result = record_on_a_full_disk(tmp_path / f"set{suffix}", music(1.0), 140_000)
    assert result.returncode == 1
    assert "free space, or choose another place" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["set.npy"]


@pytest.mark.e2e
@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_a_disk_that_is_pulled_out_ends_the_recording_alone(
    tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Where room that was taken is gone, the file ends in good order; the rest is counted."""
    path, samples = tmp_path / f"set{suffix}", music(8.0)
    recorder = AudioRecorder(path, RATE_HZ, 2)
    recorder.take(samples[: 4 * RATE_HZ])
    time.sleep(1.0)
    open_files = Path("/proc/self/fd").iterdir()
    (own,) = (int(each.name) for each in open_files if each.exists() and each.samefile(path))
    full = os.open("/dev/full", os.O_RDWR)
    os.dup2(full, own)  # every write fails from now on
    os.close(full)
    recorder.take(samples[4 * RATE_HZ :])
    time.sleep(0.5)
    recorder.close()
    assert "ends here: no space left on device; the show goes on" in caplog.text
    assert recorder.lost == 4 * RATE_HZ
    read, _ = soundfile.read(path, dtype="float32")
    assert 4 * RATE_HZ - 4_096 <= len(read) <= 4 * RATE_HZ
    assert np.array_equal(read, samples[: len(read)])


KILLED = """
import sys, time
from pathlib import Path
import numpy as np
from realtime_mer.sinks.audio import AudioRecorder

samples = np.load(sys.argv[2])
recorder = AudioRecorder(Path(sys.argv[1]), 16_000, 2)
begin = time.monotonic()
for start in range(0, len(samples), 320):
    recorder.take(samples[start : start + 320])
    print(start + 320, flush=True)
    time.sleep(max(0.0, begin + (start + 320) / 16_000 - time.monotonic()))
"""


@pytest.mark.e2e
@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_a_killed_recording_is_readable_up_to_its_last_second(tmp_path: Path, suffix: str) -> None:
    """After SIGKILL the file opens as it is and has all but the last second, in its place."""
    path = tmp_path / f"set{suffix}"
    samples = music(20.0)
    np.save(tmp_path / "samples.npy", samples)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, path, tmp_path / "samples.npy"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = 0
    for line in process.stdout:
        said = int(line)
        if said > 4 * RATE_HZ:
            break
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    read, _ = soundfile.read(path, dtype="float32")
    assert said - RATE_HZ <= len(read) <= said + RATE_HZ
    assert np.array_equal(read, samples[: len(read)])


def test_closing_twice_is_closing(tmp_path: Path) -> None:
    """A second close does nothing, and nothing heard is a file without samples."""
    recorder = AudioRecorder(tmp_path / "set.wav", RATE_HZ, 2)
    recorder.close()
    recorder.close()
    assert soundfile.info(tmp_path / "set.wav").frames == 0


def test_taking_a_block_is_quick(tmp_path: Path) -> None:
    """The audio callback pays microseconds: the median of many blocks is under half a ms."""
    recorder = AudioRecorder(tmp_path / "set.flac", 48_000, 2)
    block = np.zeros((512, 2), np.float32)
    durations = []
    for _ in range(2_000):
        begin = time.perf_counter()
        recorder.take(block)
        durations.append(time.perf_counter() - begin)
    recorder.close()
    assert np.median(durations) < 0.0005
    assert module.RING_S >= 5.0
