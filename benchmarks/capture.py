"""What it costs to hear the sound card in a process of its own; writes ``docs/reliability.md``.

``python -m benchmarks.capture`` takes a minute; ``--dry`` prints instead of writing. Each sound
server is heard twice, beside a thread that keeps Python busy as pages do: through the
program's own microphone, and in its callback in the same process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.latency import machine
from benchmarks.sound_servers import RATE_HZ
from benchmarks.timing import table, write_between_markers
from realtime_mer.sources.base import Block
from realtime_mer.sources.capture.request import CaptureRequest
from realtime_mer.sources.capture.stream import InputStream
from realtime_mer.sources.devices import list_devices
from realtime_mer.sources.microphone import Microphone
from tests.support.jack import jack_server
from tests.support.pulse import pulse_server

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
SECONDS = 10.0
SETTLING_S = 4.0
GIL_INTERVAL_S = 0.0005
"""As the program sets it."""
HEAD = ["sound server", "Python beside it", "callback → tracker, median", "95 % below", "longest",
        "blocks lost in the process's own callback"]  # fmt: skip


def through_the_pipe(device: str, busy: bool) -> dict[str, Any]:
    """Return how long each block took from the driver's callback to the tracker, in seconds."""
    took: list[float] = []
    microphone = Microphone(device)
    read = microphone._process.next

    def timed() -> Any:
        message = read()
        if message is not None and message.time_s:
            took.append(time.monotonic() - message.time_s)
        return message

    microphone._process.next = timed  # type: ignore[method-assign]
    with _Busy(busy):
        microphone.start(lambda block: None, lambda failure: None)
        time.sleep(SETTLING_S)
        took.clear()
        time.sleep(SECONDS)
    microphone.close()
    return {"took": took[:], "drops": microphone.drops()}


def in_the_callback(device: str, busy: bool) -> dict[str, Any]:
    """Return how many blocks the driver lost while its callback shared a process with others."""
    stream = InputStream(CaptureRequest(device).choose(list_devices()), None, None)
    lost = [0, 0]

    def take(block: Block, drops: int) -> None:
        lost[1] = drops

    with _Busy(busy):
        stream.start(take)
        time.sleep(SETTLING_S)
        lost[0] = lost[1]
        time.sleep(SECONDS)
        found = lost[1] - lost[0]
    return {"drops": found}


class _Busy:
    """Keeps Python busy in this process with two threads, as a program does that serves pages."""

    def __init__(self, busy: bool) -> None:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(2 * busy)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while not self._over.is_set():
            sum(range(1000))


def measure(way: str, device: str, busy: bool) -> dict[str, Any]:
    """Measure in this process; PortAudio reads its environment once."""
    sys.setswitchinterval(GIL_INTERVAL_S)
    return (through_the_pipe if way == "pipe" else in_the_callback)(device, busy)


def rows() -> list[list[str]]:
    """Measure each server, with and without other work in the process."""
    made = []
    servers = [
        ("JACK, 512 frames", partial(jack_server, realtime=True), "system"),
        ("PulseAudio", pulse_server, "pulse"),
    ]
    for name, server, device in servers:
        for busy in (False, True):
            found = {}
            for way in ("pipe", "callback"):
                code = f"import json; from benchmarks.capture import measure; import os; \
print(json.dumps(measure({way!r}, {device!r}, {busy})), flush=True); os._exit(0)"
                with tempfile.TemporaryDirectory() as folder, server(Path(folder), RATE_HZ) as run:
                    result = subprocess.run(
                        [sys.executable, "-c", code],
                        env=run.environment,
                        check=True,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL,
                    )
                found[way] = json.loads(result.stdout)
            quantiles = 1e3 * np.quantile(found["pipe"]["took"], [0.5, 0.95, 1.0])
            made.append(
                [
                    name,
                    "two busy threads" if busy else "nothing",
                    *(f"{value:.2f} ms" for value in quantiles),
                    f"{found['callback']['drops']} (through the pipe: {found['pipe']['drops']})",
                ]
            )
    return made


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true")
    arguments = parser.parse_args()
    text = f"Measured on {machine()}.\n\n{table(HEAD, rows())}"
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "capture", text)


if __name__ == "__main__":
    main()
