"""``realtime-mer devices``: the table, the JSON, and what to do where there is none."""

from __future__ import annotations

import argparse
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from support.pulse import pulse_server

from realtime_mer.commands import devices as command
from realtime_mer.sources.devices import DeviceInfo

MICROPHONE = DeviceInfo(1, "Scarlett 2i2 USB", "ALSA", 2, 48_000, is_default=True)
MONITOR = DeviceInfo(12, "Monitor of [HDMI]", "PulseAudio", 2, 44_100)
PROGRAM = [sys.executable, "-m", "realtime_mer", "devices"]


def test_plain_table() -> None:
    """Columns line up, the default and what hears the machine itself are marked."""
    assert command.plain_table([MICROPHONE, MONITOR]).splitlines() == [
        "number  name               host API    inputs  rate",
        "1       Scarlett 2i2 USB   ALSA        2       48000 Hz  default (mic)",
        "12      Monitor of [HDMI]  PulseAudio  2       44100 Hz  what this machine plays",
    ]


def test_record() -> None:
    """The JSON has every field a program needs to choose."""
    assert command.record(MONITOR) == {
        "number": 12,
        "name": "Monitor of [HDMI]",
        "host_api": "PulseAudio",
        "input_channels": 2,
        "rate_hz": 44_100,
        "default": False,
        "loopback": True,
    }


def test_command_line() -> None:
    """The command has its flag and its run."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["devices", "--json"])
    assert arguments.json
    assert arguments.run is command.run


@pytest.mark.e2e
def test_devices_of_a_sound_server(tmp_path: Path) -> None:
    """PulseAudio's devices are listed as a table, as JSON and on a terminal."""
    with pulse_server(tmp_path) as pulse:

        def said(*flags: str) -> str:
            return subprocess.run(
                [*PROGRAM, *flags],
                env=pulse.environment,
                check=True,
                capture_output=True,
                text=True,
                timeout=60,
            ).stdout

        rows = [line.split() for line in said().splitlines()]
        assert ["0", "pulse", "ALSA", "32", "44100", "Hz"] in rows
        records = json.loads(said("--json"))
        assert [record["name"] for record in records if record["default"]] == ["default"]

        keyboard, terminal = pty.openpty()
        subprocess.run(PROGRAM, env=pulse.environment, check=True, stdout=terminal, timeout=60)
        os.close(terminal)
        shown = os.read(keyboard, 65_536).decode()
        os.close(keyboard)
    assert "pulse" in shown
    assert "--device NUMBER" in shown


@pytest.mark.e2e
def test_no_device_says_what_to_do(tmp_path: Path) -> None:
    """Without any input: a sentence and exit code 2; as JSON an empty list."""
    environment = {**os.environ, "HOME": str(tmp_path), "PULSE_SERVER": "none"}
    options = {"env": environment, "capture_output": True, "text": True, "timeout": 60}
    result = subprocess.run(PROGRAM, check=False, **options)  # type: ignore[call-overload]
    assert result.returncode == 2
    assert result.stderr.startswith("realtime-mer: There is no audio input device: plug in")
    assert result.stderr.count("\n") == 1
    listed = subprocess.run([*PROGRAM, "--json"], check=True, **options)  # type: ignore[call-overload]
    assert json.loads(listed.stdout) == []
