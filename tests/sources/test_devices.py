"""What PortAudio lists, and what is said where it is missing or refuses."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from realtime_mer.errors import UserError
from realtime_mer.quiet import quiet_drivers
from realtime_mer.sources.devices import (
    DeviceInfo,
    default_input,
    load_sounddevice,
    portaudio_missing,
    refusal,
)


@pytest.mark.parametrize(
    ("platform", "remedy"),
    [
        ("linux", "sudo apt install libportaudio2"),
        ("linux", "portaudio (Fedora)"),
        ("darwin", "pip install --force-reinstall sounddevice"),
        ("win32", "pip install --force-reinstall sounddevice"),
        ("freebsd14", "package portaudio"),
    ],
)
def test_portaudio_missing_names_the_package(platform: str, remedy: str) -> None:
    """Each platform gets its own remedy."""
    assert remedy in portaudio_missing(platform)


class WithoutPortAudio:
    """Lets ``import sounddevice`` fail as it does where the library is missing."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")


def test_portaudio_missing_is_an_error_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library is nowhere to be found, loading says how to install it."""
    monkeypatch.setattr(sys, "meta_path", [WithoutPortAudio(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(UserError, match=r"PortAudio.*missing: install it with"):
        load_sounddevice()


@pytest.mark.parametrize(
    ("preferred", "defaults", "expected"),
    [(2, [2, 5], 2), (-1, [-1, 5, 7], 5), (-1, [-1], -1), (-1, [], -1)],
)
def test_default_input(preferred: int, defaults: list[int], expected: int) -> None:
    """PortAudio's default counts; failing that, the first host API that has one."""
    assert default_input(preferred, [{"default_input_device": n} for n in defaults]) == expected


@pytest.mark.parametrize(
    ("name", "loopback"),
    [
        ("Monitor of Built-in Audio", True),
        ("alsa_output.pci-0000.monitor", True),
        ("Stereo Mix (Realtek)", True),
        ("BlackHole 2ch", True),
        ("CABLE Output (VB-Audio)", True),
        ("Scarlett 2i2", False),
        ("HD Monitor Microphone", False),
    ],
)
def test_loopback_is_told_by_the_name(name: str, loopback: bool) -> None:
    """What hears the machine's own sound is marked, and nothing else."""
    assert DeviceInfo(0, name, "ALSA", 2, 44_100).is_loopback is loopback


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("paInvalidSampleRate", "refuses 12345 Hz: leave --rate out"),
        ("paInvalidChannelCount", "refuses to open 2 channels: choose others with --channels"),
        ("paDeviceUnavailable", "is in use by another program"),
        ("paUnanticipatedHostError", "cannot be opened (Unanticipated host error)"),
    ],
)
def test_refusal_is_a_sentence(code: str, said: str) -> None:
    """What PortAudio's error codes mean is said with the remedy."""
    sounddevice = load_sounddevice()
    number = getattr(sounddevice._lib, code)
    error = sounddevice.PortAudioError(
        "Error opening InputStream: Unanticipated host error", number, (0, 0, "")
    )
    sentence = str(refusal(error, DeviceInfo(0, "Card", "ALSA", 2, 48_000), 2, 12_345))
    assert said in sentence
    assert "“Card”" in sentence
    assert sentence.endswith(".")


def test_drivers_are_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    """What a driver writes to file descriptor 2 is dropped; afterwards all is as before."""
    with quiet_drivers():
        os.write(2, b"ALSA lib pcm.c: noise\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_import_needs_no_portaudio() -> None:
    """Importing every module of the sources loads neither PortAudio nor libsndfile."""
    modules = ["choosing", "demo", "devices", "file", "microphone", "opening", "raw_pcm"]
    imports = ", ".join(f"realtime_mer.sources.{module}" for module in modules)
    script = (
        f"import sys, {imports}; print({{'sounddevice', 'soundfile', 'numba'}} & {{*sys.modules}})"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
