"""Every error a person can cause, through the real command line.

Each ends with exit code 2 and one sentence on the error stream that names the remedy.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.jack import jack_server
from support.program import run_program
from support.pulse import PulseServer, pulse_server
from support.tiny_model import write_tiny_model

pytestmark = pytest.mark.e2e

RATE_HZ = 44_100

# A sentence ends in one of these before the next begins; "2i2.5" or "FILE.wav" do not count.
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")

STAGE_DEVICES = """
pcm.stage_left { type pulse hint { show on description "Left of the stage" } }
pcm.stage_right { type pulse hint { show on description "Right of the stage" } }
"""

# What is mounted here is gone with the process; the machine itself is untouched.
WITHOUT_FILES = [
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-ec",
    'while [ "$1" != -- ]; do mount --bind /dev/null "$1"; shift; done; shift; exec "$@"',
    "sh",
]


@pytest.fixture(scope="module")
def pulse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PulseServer]:
    """A sound card with two more devices whose names begin alike."""
    with pulse_server(tmp_path_factory.mktemp("pulse"), RATE_HZ) as server:
        (Path(server.environment["HOME"]) / ".asoundrc").write_text(STAGE_DEVICES)
        yield server


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """A second of a tone in stereo."""
    times = np.arange(RATE_HZ) / RATE_HZ
    samples = 0.1 * np.sin(2 * np.pi * 440 * times)
    soundfile.write(tmp_path / "tone.wav", np.stack([samples, samples], axis=1), RATE_HZ)
    return tmp_path / "tone.wav"


def sentence(*arguments: str | Path, **options: object) -> str:
    """Run the program into its error and return the one sentence it says."""
    result = run_program(*arguments, **options)  # type: ignore[arg-type]
    said = result.stderr.strip()
    assert result.returncode == 2, f"exit code {result.returncode}: {said} {result.stdout}"
    assert "Traceback" not in said
    assert "\n" not in said, said
    assert len(SENTENCE_END.findall(said)) == 1, said
    assert said.endswith("."), said
    return said


def live(*arguments: str | Path) -> list[str | Path]:
    """Arguments of a live run that takes no port."""
    return [*arguments, "--no-osc", "--no-web"]


@pytest.fixture(scope="module")
def without_portaudio() -> list[str]:
    """A command that runs another where the loader finds no PortAudio, as on a bare machine."""
    listing = subprocess.run(
        ["/sbin/ldconfig", "-p"], check=True, capture_output=True, text=True
    ).stdout
    libraries = {str(Path(name).resolve()) for name in re.findall(r"=> (\S*portaudio\S*)", listing)}
    assert libraries, "PortAudio must be there for its absence to be arranged"
    # The index of libraries goes too; the loader then searches the folders themselves.
    hidden = ["/etc/ld.so.cache", *sorted(libraries)]
    return [*WITHOUT_FILES, *hidden, "--"]


def test_portaudio_is_missing(without_portaudio: list[str]) -> None:
    """Where the library cannot be found, the sentence names the package that holds it."""
    said = sentence(*live("--device", "mic"), before=without_portaudio)
    assert "PortAudio" in said
    assert "libportaudio2" in said


def test_demo_needs_no_portaudio(without_portaudio: list[str]) -> None:
    """Without the library the demo plays all the same."""
    result = run_program(*live("--device", "demo", "--speed", "max"), before=without_portaudio)
    assert result.returncode == 0, result.stderr


def test_no_input_device(tmp_path: Path) -> None:
    """On a machine without any input, ``mic`` says so and names the demo."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PULSE_SERVER": "none"}
    said = sentence(*live("--device", "mic"), environment=environment)
    assert "input device" in said
    assert "--device demo" in said


def test_no_such_device(pulse: PulseServer) -> None:
    """A mistyped name gets the nearest one and the list of all."""
    said = sentence(*live("--device", "pulsee"), environment=pulse.environment)
    assert "pulsee" in said
    assert "did you mean “pulse”" in said
    assert "stage_left" in said


def test_no_such_number(pulse: PulseServer) -> None:
    """A number beyond the list gets the list."""
    said = sentence(*live("--device", "99"), environment=pulse.environment)
    assert "99" in said
    assert "stage_left" in said


def test_two_devices_match(pulse: PulseServer) -> None:
    """A part of two names lists both and asks to choose."""
    said = sentence(*live("--device", "stage"), environment=pulse.environment)
    assert "stage_left" in said
    assert "stage_right" in said
    assert "number" in said


def test_channel_the_device_lacks(pulse: PulseServer) -> None:
    """A channel beyond the device's own names the flag and the range."""
    said = sentence(*live("--device", "pulse", "--channels", "999"), environment=pulse.environment)
    assert "999" in said
    assert "--channels" in said


def test_channel_the_file_lacks(tone: Path) -> None:
    """The same for a file."""
    said = sentence(*live("--device", tone, "--channels", "3,4"))
    assert "3" in said
    assert "--channels" in said


def test_rate_the_device_refuses(tmp_path: Path) -> None:
    """JACK runs at one rate; another one is refused with the flag to leave out."""
    with jack_server(tmp_path, RATE_HZ) as jack:
        said = sentence(*live("--device", "mic", "--rate", "48000"), environment=jack.environment)
    assert "48000" in said
    assert "--rate" in said


def test_rate_the_front_end_refuses(tmp_path: Path) -> None:
    """A file of 4 kHz has too little music in it."""
    soundfile.write(tmp_path / "low.wav", np.zeros(4000), 4000)
    said = sentence(*live("--device", tmp_path / "low.wav"))
    assert "4000" in said


def test_web_port_is_taken() -> None:
    """A taken port is named with the flag that changes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = sentence("--device", "demo", "--no-osc", "--web", f"127.0.0.1:{port}")
    assert str(port) in said
    assert "--web" in said


def test_file_is_missing(tmp_path: Path) -> None:
    """A path that leads nowhere is named."""
    assert "song.wav" in sentence(*live("--device", tmp_path / "song.wav"))


def test_file_is_not_audio(tmp_path: Path) -> None:
    """A file that libsndfile cannot read is named."""
    (tmp_path / "letter.wav").write_text("Dear audience,\n")
    assert "letter.wav" in sentence(*live("--device", tmp_path / "letter.wav"))


def test_model_is_missing(tmp_path: Path) -> None:
    """A model's path that leads nowhere is named."""
    said = sentence(*live("--device", "demo", "--model", tmp_path / "none.onnx"))
    assert "none.onnx" in said


def test_model_is_none(tmp_path: Path) -> None:
    """A file that is no model is named."""
    (tmp_path / "letter.onnx").write_text("Dear audience,\n")
    said = sentence(*live("--device", "demo", "--model", tmp_path / "letter.onnx"))
    assert "letter.onnx" in said


def test_model_does_not_match_the_front_end(tmp_path: Path) -> None:
    """A model trained on other frames is refused, and the difference named."""
    record = json.loads(json.dumps(_front_end())) | {"low_hz": 50.0}
    model = write_tiny_model(tmp_path / "other.onnx", front_end=record)
    said = sentence(*live("--device", "demo", "--model", model))
    assert "other.onnx" in said
    assert "front end" in said
    assert "low_hz" in said


def _front_end() -> dict[str, float | int]:
    from realtime_mer.frontend.spec import FRONT_END

    return FRONT_END.as_dict()


def test_osc_target_is_none() -> None:
    """A target without a port shows how to write one."""
    said = sentence("--device", "demo", "--no-web", "--osc", "visuals")
    assert "HOST:PORT" in said


def test_recording_exists(tmp_path: Path) -> None:
    """A recording is never overwritten."""
    (tmp_path / "gig.jsonl").write_text("precious\n")
    said = sentence(*live("--device", "demo", "--record", tmp_path / "gig.jsonl"))
    assert "gig.jsonl" in said
    assert (tmp_path / "gig.jsonl").read_text() == "precious\n"


def test_servers_are_there_for_these_tests() -> None:
    """Nothing above passes for want of a program."""
    for program in ("unshare", "mount", "jackd", "jack_wait", "pulseaudio"):
        assert shutil.which(program), program
