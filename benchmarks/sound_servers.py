"""Sound servers without hardware, each with the environment in which programs find it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.pulse import pulse_server

RATE_HZ = 44_100
BLOCK_SAMPLES = 512


@contextmanager
def jack() -> Iterator[Mapping[str, str]]:
    """Run JACK on its dummy card with blocks of 512 samples."""
    name = f"mer-{time.monotonic_ns()}"
    environment = {
        **os.environ,
        "JACK_DEFAULT_SERVER": name,
        "JACK_NO_AUDIO_RESERVATION": "1",
        "PULSE_SERVER": "none",
    }
    card = ["-d", "dummy", "-r", str(RATE_HZ), "-p", str(BLOCK_SAMPLES), "-C", "2", "-P", "2"]
    server = subprocess.Popen(
        ["jackd", "-n", name, *card],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait = ["jack_wait", "-s", name, "-w", "-t", "20"]
        subprocess.run(wait, check=True, stdout=subprocess.DEVNULL)
        yield environment
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def pulseaudio() -> Iterator[Mapping[str, str]]:
    """Run PulseAudio with a null sink whose monitor is the default input."""
    with tempfile.TemporaryDirectory() as folder, pulse_server(Path(folder), RATE_HZ) as server:
        yield server.environment


def listen(environment: Mapping[str, str], device: str, seconds: float) -> dict[str, float]:
    """Run :mod:`benchmarks.input_block` beside a sound server and return what it measured."""
    command = [sys.executable, "-m", "benchmarks.input_block", device, str(seconds)]
    result = subprocess.run(command, env=dict(environment), check=True, capture_output=True)
    measured: dict[str, float] = json.loads(result.stdout)
    return measured
