"""The program itself, run in a process of its own: its start, its latency, its memory."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from realtime_mer.bench.compute import noise
from realtime_mer.bench.memory import peak_bytes
from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S

RATE_HZ = 48_000
BLOCK_SAMPLES = 480
SPEED = 4.0
"""Blocks are fed so many times as fast as they play: more steps to measure in the same time."""
START_TIMEOUT_S = 120.0
SETTLING_STEPS = 4
ADDRESS = b"/mer/av\x00"


class Receiver:
    """A UDP port of this machine on which estimates arrive, one datagram each."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def estimate(self, process: subprocess.Popen[bytes], timeout_s: float) -> float:
        """Wait for an estimate; return when it came, on :func:`time.perf_counter`'s clock.

        Raises:
            UserError: where the program ended, or none came in time.
        """
        end_s = time.perf_counter() + timeout_s
        self._socket.settimeout(0.2)
        while time.perf_counter() < end_s:
            try:
                if self._socket.recv(65_536).startswith(ADDRESS):
                    return time.perf_counter()
            except TimeoutError:
                if process.poll() is not None:
                    break
        raise UserError(
            "The program that was to be measured sent no estimate: run realtime-mer doctor, "
            "which says what is wrong."
        )


@contextmanager
def running(
    arguments: list[str], environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the program with nobody's own settings, until the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "realtime_mer", *arguments, "--config", "none", "--quiet"],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        if process.poll() is None:
            stop = signal.SIGTERM if sys.platform == "win32" else signal.SIGINT
            process.send_signal(stop)
        try:
            process.wait(10.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def write_noise(path: Path, seconds: float, rate_hz: int = RATE_HZ) -> None:
    """Write a file of noise, mono, 16 bits."""
    samples = (32_767 * noise(round(seconds * rate_hz)).clip(-1.0, 1.0)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, len(samples), "NONE", ""))
        file.writeframes(samples.tobytes())


def start_s(cache: Path, model: list[str]) -> float:
    """Measure from the start of the program on a file to its first estimate, in seconds.

    Args:
        cache: folder of numba's machine code; empty for a cold start.
        model: flags that choose the model.
    """
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "noise.wav"
        write_noise(sound, 5.0)
        receiver = Receiver()
        environment = {"NUMBA_CACHE_DIR": str(cache)}
        flags = ["--device", str(sound), "--speed", "max", "--osc", receiver.target, "--no-web"]
        try:
            begin_s = time.perf_counter()
            with running([*flags, *model], environment) as process:
                return receiver.estimate(process, START_TIMEOUT_S) - begin_s
        finally:
            receiver.close()


def latencies(seconds: float, model: list[str]) -> tuple[list[float], int | None]:
    """Measure from the last sample of a step to its datagram, with the page's port open.

    Args:
        seconds: how long to feed the program.
        model: flags that choose the model.

    Returns:
        The latencies in seconds, and the largest resident memory in bytes where it is known.
    """
    receiver = Receiver()
    pipe = ["--device", "-", "--rate", str(RATE_HZ), "--channels", "1", "--format", "f32le"]
    places = ["--osc", receiver.target, "--web", "127.0.0.1:0"]
    step_blocks = round(RATE_HZ * STEP_S) // BLOCK_SAMPLES
    block = noise(BLOCK_SAMPLES).astype("<f4").tobytes()
    assert len(block) == BLOCK_SAMPLES * struct.calcsize("<f")
    found: list[float] = []
    try:
        with running([*pipe, *places, *model]) as process:
            assert process.stdin is not None
            steps = SETTLING_STEPS + round(seconds * SPEED / STEP_S)
            for step in range(steps):
                due_s = time.perf_counter()
                for _ in range(step_blocks):
                    due_s += BLOCK_SAMPLES / RATE_HZ / SPEED
                    time.sleep(max(0.0, due_s - time.perf_counter()))
                    written_s = time.perf_counter()
                    try:
                        process.stdin.write(block)
                        process.stdin.flush()
                    except OSError:  # it is gone: the receiver says so in a sentence
                        break
                arrived_s = receiver.estimate(process, START_TIMEOUT_S if step == 0 else 10.0)
                if step >= SETTLING_STEPS:
                    found.append(arrived_s - written_s)
            return found, peak_bytes(process)
    finally:
        receiver.close()
