"""The doctor on a machine that is well, and on one without a sound card."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.program import free_port, run_program
from support.pulse import pulse_server

pytestmark = pytest.mark.e2e


def test_machine_that_is_well(tmp_path: Path) -> None:
    """With a sound card that hears music every check is good, and the level is told."""
    noise = ["synth", "20", "pinknoise", "vol", "0.25"]
    subprocess.run(
        ["sox", "-R", "-n", "-r", "44100", "-c", "2", tmp_path / "n.wav", *noise], check=True
    )
    with pulse_server(tmp_path) as pulse:
        pulse.play(tmp_path / "n.wav")
        web = f"127.0.0.1:{free_port()}"
        result = run_program("doctor", "--json", "--web", web, environment=pulse.environment)
    record = json.loads(result.stdout)
    findings = {finding["check"].split(" ")[0]: finding for finding in record["findings"]}
    assert record["good"], result.stdout
    assert result.returncode == 0
    names = [
        "Python",
        "PortAudio",
        "input",
        "sound",
        "numba",
        "model",
        "ONNX",
        "speed",
        "web",
        "OSC",
    ]
    assert list(findings) == names
    level_db = float(findings["sound"]["said"].split(", ")[-1].removesuffix(" dBFS"))
    assert -60 < level_db < -5


def test_machine_without_a_sound_card(tmp_path: Path) -> None:
    """Without an input the doctor says what to do, looks at the rest, and ends with 1."""
    environment = {**os.environ, "HOME": str(tmp_path), "PULSE_SERVER": "none"}
    result = run_program("doctor", "--web", f"127.0.0.1:{free_port()}", environment=environment)
    assert result.returncode == 1
    (bad,) = [line for line in result.stdout.splitlines() if line.startswith("✗")]
    assert "input devices" in bad
    assert "--device demo" in bad
    assert "✓ speed" in result.stdout
