"""The microphone on real sound servers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from support.hear import hear
from support.jack import jack_server
from support.pulse import pulse_server

TONES_HZ = (997.0, 1499.0)


def two_tones(path: Path, rate_hz: int, seconds: float) -> Path:
    """Write a file with a different tone in each channel."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    samples = np.stack([0.5 * np.sin(2 * np.pi * f * times) for f in TONES_HZ], axis=1)
    soundfile.write(path, samples, rate_hz, subtype="PCM_16")
    return path


def phase_steps(
    signal: NDArray[np.float32], frequency_hz: float, rate_hz: int
) -> NDArray[np.float64]:
    """Return how the phase of a tone jumps from one 20 ms window to the next, in radians.

    Samples that are lost, repeated or out of place show as a jump.
    """
    window = rate_hz // 50
    count = len(signal) // window
    times = np.arange(count * window) / rate_hz
    carrier = np.exp(-2j * np.pi * frequency_hz * times)
    mixed = (signal[: count * window] * carrier).reshape(count, window).mean(axis=1)
    return np.abs(np.angle(mixed[1:] / mixed[:-1]))


def loud_part(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Return what lies between the silence before and after, less its edges."""
    loud = np.flatnonzero(np.abs(samples).max(axis=1) > 0.05)
    return samples[loud[0] + rate_hz // 10 : loud[-1] - rate_hz // 10]


@pytest.mark.e2e
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_every_sample_of_a_sound_card_arrives(tmp_path: Path, rate_hz: int) -> None:
    """Through PulseAudio a tone comes in whole: no gap, the right pitch, each in its channel."""
    wav = two_tones(tmp_path / "tones.wav", rate_hz, 6.0)
    with pulse_server(tmp_path, rate_hz) as pulse:
        recording = hear(tmp_path, pulse.environment, "pulse", 9.0)
        recording.wait_for_sound()
        pulse.play(wav)
        report, samples = recording.finish(40)
    print(report)
    assert (report["name"], report["channels"]) == ("pulse", 2)
    assert report["drops"] == 0
    assert report["endings"] == []
    assert report["blocks_after_close"] == 0
    assert report["closing_s"] < 1.0
    heard = loud_part(samples, report["rate_hz"])
    assert len(heard) / report["rate_hz"] == pytest.approx(5.8, abs=0.05)
    for column, tone_hz in enumerate(TONES_HZ):
        assert phase_steps(heard[:, column], tone_hz, report["rate_hz"]).max() < 0.05


@pytest.mark.e2e
def test_chosen_channels_of_a_sound_card(tmp_path: Path) -> None:
    """Channels 2 and 1 of a card arrive in that order."""
    wav = two_tones(tmp_path / "tones.wav", 44_100, 3.0)
    with pulse_server(tmp_path) as pulse:
        recording = hear(tmp_path, pulse.environment, "pul", 5.0, channels=(1, 0))
        recording.wait_for_sound()
        pulse.play(wav)
        report, samples = recording.finish(40)
    heard = loud_part(samples, 44_100)
    for column, tone_hz in enumerate(reversed(TONES_HZ)):
        assert phase_steps(heard[:, column], tone_hz, report["rate_hz"]).max() < 0.05


@pytest.mark.e2e
def test_sound_server_that_dies_ends_the_source(tmp_path: Path) -> None:
    """PulseAudio killed while it is heard: the source says so, once, and closes."""
    with pulse_server(tmp_path) as pulse:
        recording = hear(tmp_path, pulse.environment, "mic", 30.0)
        recording.wait_for_sound()
        pulse.kill()
        report, _ = recording.finish(40)
    assert report["heard_s"] < 20
    (ending,) = report["endings"]
    assert ending.startswith("UserError: The input device “default” is gone: ")
    assert report["closing_s"] < 1.0


@pytest.mark.e2e
def test_jack_desk(tmp_path: Path) -> None:
    """A JACK server's inputs are heard at its rate, channels picked beyond the first two."""
    with jack_server(tmp_path, 48_000, channels=6) as jack:
        recording = hear(tmp_path, jack.environment, "system", 2.0, channels=(4, 5))
        recording.wait_for_sound()
        report, samples = recording.finish(40)
    assert (report["rate_hz"], report["channels"]) == (48_000, 2)
    assert samples.shape[1] == 2
    assert len(samples) / 48_000 == pytest.approx(report["heard_s"], abs=0.5)
    assert report["endings"] == []


@pytest.mark.e2e
@pytest.mark.parametrize("name", ["system", "jack"])
def test_jack_that_dies_ends_the_source_and_the_program(tmp_path: Path, name: str) -> None:
    """A killed JACK says nothing, and PortAudio stumbles over it: we notice, and end cleanly.

    Its own device hangs when it is closed; ALSA's plug-in for it closes, but PortAudio's
    clean-up would still abort the process.
    """
    with jack_server(tmp_path) as jack:
        recording = hear(tmp_path, jack.environment, name, 30.0)
        recording.wait_for_sound()
        jack.kill()
        report, _ = recording.finish(40)
    assert report["heard_s"] < 20
    (ending,) = report["endings"]
    assert f"“{name}” is gone" in ending
    assert report["closing_s"] < 1.0
    assert recording.process.returncode == 0
