"""PortAudio: the devices it lists, what its errors mean, and its manners.

The library is loaded on first use, so that everything else runs without it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from realtime_mer.errors import UserError

LOOPBACK_NAMES = (
    "monitor of ",
    ".monitor",
    "loopback",
    "stereo mix",
    "what u hear",
    "wave out mix",
    "blackhole",
    "soundflower",
    "cable output",
)
"""Parts of the names of devices that hear what the machine itself plays (PulseAudio,
PipeWire, Realtek, Creative, BlackHole, Soundflower, VB-Audio)."""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """One sound device as PortAudio lists it.

    Attributes:
        number: PortAudio's index; it may change when devices come and go.
        name: what the system calls it.
        host_api: the system's interface it is reached through, such as ``ALSA``.
        input_channels: channels it can record, 0 for an output.
        rate_hz: its own sample rate.
        low_latency_s: latency its driver suggests for interactive use.
        is_default: whether it is the input that ``mic`` means.
        on_default_api: whether its host API is the system's default one.
    """

    number: int
    name: str
    host_api: str
    input_channels: int
    rate_hz: int
    low_latency_s: float = 0.0
    is_default: bool = False
    on_default_api: bool = True

    @property
    def is_loopback(self) -> bool:
        """Whether its name tells that it hears what the machine plays."""
        return any(part in self.name.casefold() for part in LOOPBACK_NAMES)


def full_name(device: DeviceInfo) -> str:
    """Return a name that tells apart what several host APIs call the same."""
    return f"{device.name}, {device.host_api}"


def load_sounddevice() -> Any:
    """Import sounddevice, which loads PortAudio.

    Raises:
        UserError: PortAudio is not installed; the sentence names its package.
    """
    try:
        import sounddevice
    except OSError as error:
        raise UserError(portaudio_missing(sys.platform)) from error
    return sounddevice


def portaudio_missing(platform: str) -> str:
    """Say how PortAudio is installed on a platform named as ``sys.platform`` names it."""
    if platform.startswith("linux"):
        remedy = (
            "sudo apt install libportaudio2 (Debian, Ubuntu), "
            "sudo dnf install portaudio (Fedora) or sudo pacman -S portaudio (Arch)"
        )
    elif platform in ("darwin", "win32"):
        remedy = "pip install --force-reinstall sounddevice, whose wheel carries it"
    else:
        remedy = "the package portaudio of your system"
    return (
        "The library PortAudio, which reaches the sound card, is missing: "
        f"install it with {remedy}."
    )


def list_devices() -> list[DeviceInfo]:
    """Return every sound device, inputs and outputs, in PortAudio's order.

    Raises:
        UserError: PortAudio is missing or does not answer.
    """
    sounddevice = load_sounddevice()
    try:
        devices = list(sounddevice.query_devices())
        apis = list(sounddevice.query_hostapis())
    except sounddevice.PortAudioError as error:
        raise UserError(f"The sound system does not answer ({error}): is it running?") from error
    default = default_input(sounddevice.default.device[0], apis)
    default_api = devices[default]["hostapi"] if 0 <= default < len(devices) else -1
    return [
        DeviceInfo(
            number=int(device["index"]),
            name=str(device["name"]),
            host_api=str(apis[device["hostapi"]]["name"]),
            input_channels=int(device["max_input_channels"]),
            rate_hz=round(device["default_samplerate"]),
            low_latency_s=float(device["default_low_input_latency"]),
            is_default=device["index"] == default,
            on_default_api=device["hostapi"] == default_api,
        )
        for device in devices
    ]


def default_input(preferred: int, apis: Sequence[dict[str, object]]) -> int:
    """Return the number of the default input, -1 where there is none.

    PortAudio looks at its default host API alone; when that one has no input (ALSA without
    a card, say, while JACK runs) the first host API that has a default serves.
    """
    if preferred >= 0:
        return preferred
    defaults = (api["default_input_device"] for api in apis)
    return next((n for n in defaults if isinstance(n, int) and n >= 0), -1)


def refusal(error: Exception, device: DeviceInfo, channels: int, rate_hz: int) -> UserError:
    """Return what a PortAudio error means to the person who chose the device."""
    sounddevice = load_sounddevice()
    code = error.args[1] if len(error.args) > 1 else None
    library = sounddevice._lib
    if code == library.paInvalidSampleRate:
        return UserError(
            f"“{device.name}” refuses {rate_hz} Hz: leave --rate out to use its own rate, "
            f"{device.rate_hz} Hz, or change the rate in the system's sound settings."
        )
    if code == library.paInvalidChannelCount:
        return UserError(
            f"“{device.name}” refuses to open {channels} channel{'s' if channels > 1 else ''}: "
            "choose others with --channels."
        )
    if code == library.paDeviceUnavailable:
        return UserError(
            f"“{device.name}” is in use by another program: close that one, or choose "
            "another device (realtime-mer devices lists them)."
        )
    reason = str(error.args[0]).removeprefix("Error opening InputStream: ") if error.args else error
    return UserError(
        f"“{device.name}” cannot be opened ({reason}): check that it is plugged in and that this "
        "program may use the microphone, or choose another (realtime-mer devices lists them)."
    )
