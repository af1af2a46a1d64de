"""A private JACK server on its dummy card: a sound card with many channels and one rate."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STOP_LIMIT_S = 10.0


class JackServer:
    """A running server and the environment in which programs find it."""

    def __init__(self, folder: Path, rate_hz: int, channels: int) -> None:
        for program in ("jackd", "jack_wait"):
            if shutil.which(program) is None:
                raise RuntimeError(f"{program} is missing: sudo apt install jackd2")
        self.name = f"mer-{os.getpid()}-{time.monotonic_ns()}"
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "JACK_DEFAULT_SERVER": self.name,
            "JACK_NO_AUDIO_RESERVATION": "1",
            "JACK_NO_START_SERVER": "1",
            "PULSE_SERVER": "none",
        }
        card = ["-d", "dummy", "-r", str(rate_hz), "-p", "512", "-C", str(channels), "-P", "2"]
        with (folder / "jack.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["jackd", "-n", self.name, "--no-realtime", *card],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait = ["jack_wait", "-s", self.name, "-w", "-t", "20"]
            subprocess.run(
                wait,
                env=self.environment,
                check=True,
                timeout=30,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """Let the server die without a word."""
        self._process.kill()
        self._process.wait(STOP_LIMIT_S)

    def stop(self) -> None:
        """End the server; further calls do nothing."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def jack_server(folder: Path, rate_hz: int = 48_000, channels: int = 2) -> Iterator[JackServer]:
    """Run a private JACK for the length of a ``with`` block.

    Args:
        folder: for its log.
        rate_hz: the one rate it has.
        channels: inputs of its dummy card, which hear silence.
    """
    server = JackServer(folder, rate_hz, channels)
    try:
        yield server
    finally:
        server.stop()
