"""Sound servers without hardware, and how regularly they hand over blocks."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.support.jack import JackServer, jack_server
from tests.support.pulse import PulseServer, pulse_server

RATE_HZ = 44_100

Server = Callable[[Path, int], AbstractContextManager[JackServer | PulseServer]]

# Name for people, server, and the input device that hears it.
SERVERS: list[tuple[str, Server, str]] = [
    ("JACK, 512 samples", jack_server, "system"),
    ("PulseAudio", pulse_server, "pulse"),
]


def listen(server: Server, device: str, seconds: float) -> dict[str, float]:
    """Run a server, and :mod:`benchmarks.input_block` beside it; return what that measured."""
    command = [sys.executable, "-m", "benchmarks.input_block", device, str(seconds)]
    with tempfile.TemporaryDirectory() as folder, server(Path(folder), RATE_HZ) as running:
        result = subprocess.run(
            command, env=running.environment, check=True, stdout=subprocess.PIPE
        )
    measured: dict[str, float] = json.loads(result.stdout)
    return measured
