"""From a player through the sound card to OSC: the same numbers as from the file.

PulseAudio's null sink is the sound card: what ``paplay`` plays comes back from its monitor
as the input device ``pulse``, sample for sample, but at a moment nobody chose. The tracker's
steps of half a second therefore cut the recording elsewhere than an analysis of the file
does, and a different cut gives slightly different numbers. So the file is analysed behind
every possible length of silence, in steps of 10 ms (half a hop of the front end) and around the
best of them in steps of 1 ms. What remains behind the length that fits best is the error of
the way.
"""

from __future__ import annotations

import csv
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import correlate
from support.program import OscReceiver, run_program, running
from support.pulse import SINK, pulse_server

from realtime_mer.model.session import load_model
from realtime_mer.tracker import Tracker

pytestmark = [pytest.mark.e2e, pytest.mark.data]

DURATION_S = 40
STEP_MS = 500
LAG_MS = 10
FINE_LAG_MS = 1
LIMIT_RMS = 0.02
ATTEMPTS = 3
ROUNDING = 2e-3

Curves = NDArray[np.float64]
"""``[steps, 2]``: arousal and valence."""


def recording(shared_data: Path, song: str, rate_hz: int, path: Path) -> Path:
    """Decode a song of emotify to 16-bit WAV with ffmpeg."""
    source = shared_data / "emotify" / "audio" / f"{song}.opus"
    command = ["ffmpeg", "-v", "error", "-i", source, "-t", str(DURATION_S)]
    subprocess.run([*command, "-ar", str(rate_hz), "-ac", "2", path], check=True)
    return path


def behind_silence(wav: Path, silence_ms: int) -> tuple[NDArray[np.float32], int]:
    """Return a recording with digital silence before it, and its rate."""
    samples, rate_hz = soundfile.read(wav, dtype="float32", always_2d=True)
    silence = np.zeros((rate_hz * silence_ms // 1000, samples.shape[1]), np.float32)
    return np.concatenate([silence, samples]), rate_hz


def rms(difference: Curves) -> NDArray[np.float64]:
    """Root mean square over time, for each dimension."""
    return np.sqrt(np.mean(difference**2, axis=0))


def best_silence_ms(live: Curves, steps: slice, wav: Path) -> int:
    """Return the silence behind which the recording's curves are nearest to the live ones."""
    model = load_model()

    def error(silence_ms: int) -> float:
        samples, rate_hz = behind_silence(wav, silence_ms)
        estimates = Tracker(rate_hz, model).feed(samples)
        curves = np.array([estimate.mean for estimate in estimates])
        return float(rms(live[steps] - curves[steps]).max())

    # The first step with music is the one in which the recording begins, or the one after.
    earliest, latest = max(0, steps.start - 1) * STEP_MS, (steps.start + 1) * STEP_MS
    near = min(range(earliest, latest, LAG_MS), key=error)
    return min(range(max(0, near - LAG_MS + 1), near + LAG_MS, FINE_LAG_MS), key=error)


def is_whole(heard: Path, wav: Path) -> bool:
    """Whether a recording of the sound card holds the whole file, without a gap."""
    expected, rate_hz = soundfile.read(wav, dtype="float64", always_2d=True)
    samples, _ = soundfile.read(heard, dtype="float64", always_2d=True)
    second = expected[rate_hz * 20 : rate_hz * 21, 0]
    # Nearest in the sense of least squares: |x - s|² = |x|² - 2 x·s + |s|².
    power = np.concatenate([[0.0], np.cumsum(samples[:, 0] ** 2)])
    likeness = correlate(samples[:, 0], second, mode="valid", method="fft")
    distance = power[len(second) :] - power[: -len(second)] - 2 * likeness
    first = int(np.argmin(distance)) - rate_hz * 20
    found = samples[max(0, first) : first + len(expected)]
    return len(found) == len(expected) and bool(np.abs(found - expected).max() < ROUNDING)


def until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    """Wait for a condition, or fail."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def live_curves(folder: Path, wav: Path, rate_hz: int) -> tuple[Curves, NDArray[np.bool_], bool]:
    """Play a file into the sound card while the tracker listens.

    Returns:
        The curves, when they were active, and whether the sound card was sound: a recorder that
        is not ours listened too, and what it heard must be the file, sample for sample.
    """
    with pulse_server(folder, rate_hz) as pulse, OscReceiver() as receiver:
        arguments = ["--device", "pulse", "--osc", receiver.target, "--no-web"]
        with running(folder, *arguments, environment=pulse.environment) as program:
            receiver.wait_for("/mer/arousal", 2, limit_s=60)
            heard = folder / "heard.wav"
            heard.unlink(missing_ok=True)
            source = [f"--device={SINK}.monitor", "--latency-msec=50"]
            form = [f"--rate={rate_hz}", "--channels=2", "--format=s16le", "--file-format=wav"]
            recorder = subprocess.Popen(["parec", *source, *form, heard], env=pulse.environment)
            try:
                # The recorder, too, gets nothing at first.
                until(lambda: heard.is_file() and heard.stat().st_size > rate_hz)
                pulse.play(wav).wait(DURATION_S + 30)
                seen = len(receiver.values("/mer/active"))
                receiver.wait_for("/mer/active", seen + 4, limit_s=20)
            finally:
                recorder.terminate()
                recorder.wait(10)
            assert program.process.poll() is None, program.output()
        active = np.array(receiver.values("/mer/active"), bool)
        both = [receiver.values(f"/mer/{name}")[: len(active)] for name in ("arousal", "valence")]
    return np.array(both).T, active, is_whole(heard, wav)


@pytest.mark.parametrize(("song", "rate_hz"), [("classical_002", 44_100), ("rock_001", 48_000)])
def test_sound_card_gives_what_the_file_gives(
    tmp_path: Path, shared_data: Path, song: str, rate_hz: int
) -> None:
    """OSC from the sound card and ``analyze`` of the file agree within 0.02 RMS."""
    wav = recording(shared_data, song, rate_hz, tmp_path / "song.wav")
    for _ in range(ATTEMPTS):
        live, active, whole = live_curves(tmp_path, wav, rate_hz)
        if whole:
            break
        print("the sound card itself lost sound: once more")
    assert whole, "this machine is too busy for a sound card"

    first = int(np.flatnonzero(active)[0])
    assert first >= 1, "the tracker must have begun in silence"
    steps = slice(first, first + DURATION_S * 1000 // STEP_MS - 1)
    assert active[steps].mean() > 0.9, "most of the recording is music"
    silence_ms = best_silence_ms(live, steps, wav)

    samples, rate_hz = behind_silence(wav, silence_ms)
    soundfile.write(tmp_path / "aligned.wav", samples, rate_hz, subtype="PCM_16")
    result = run_program("analyze", tmp_path / "aligned.wav", "--out", tmp_path / "aligned.csv")
    assert result.returncode == 0, result.stderr
    with (tmp_path / "aligned.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    analysed = np.array([[float(row["arousal"]), float(row["valence"])] for row in rows])
    error = rms(live[steps] - analysed[steps])
    print(f"{rate_hz} Hz, behind {silence_ms} ms of silence: RMS {error}")
    assert (error <= LIMIT_RMS).all()
    # The test has teeth: the curves move, and two seconds out of place they do not fit.
    later = slice(steps.start + 4, steps.stop)
    earlier = slice(steps.start, steps.stop - 4)
    assert (rms(live[later] - analysed[earlier]) > 2 * error).all()
