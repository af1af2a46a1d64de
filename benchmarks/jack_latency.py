"""From a block that JACK hands over to the datagram of the step it completes.

PortAudio reads its environment once, so this is a program to be started inside that of a
server: ``python -m benchmarks.jack_latency SECONDS`` prints the latencies in milliseconds as
JSON. The dummy card hears silence; noise takes its place on the way to the tracker, so that the
model works. The clock starts when the driver's callback begins, with the block complete.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

RATE_HZ = 48_000
SETTLING_STEPS = 6


def listen(seconds: float) -> list[float]:
    """Track what JACK's card gives for so long; return the latencies in seconds."""
    from realtime_mer.commands.live import GIL_INTERVAL_S
    from realtime_mer.live import LiveRun
    from realtime_mer.model import load_model
    from realtime_mer.sinks.osc import OscSink
    from realtime_mer.sources.capture.messages import Kind
    from realtime_mer.sources.microphone import Microphone
    from realtime_mer.tracker import Tracker

    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    arrivals: list[float] = []

    def receive() -> None:
        while True:
            if receiver.recv(65_536).startswith(b"/mer/av\x00"):
                arrivals.append(time.monotonic())

    threading.Thread(target=receive, daemon=True).start()
    microphone = Microphone("system")
    read = microphone._process.next
    noise = np.random.default_rng(0).normal(0.0, 0.1, 1 << 17).astype("<f4").tobytes()
    step = microphone.rate_hz // 2
    completed: list[float] = []
    heard = 0

    def noisy() -> Any:
        nonlocal heard
        message = read()
        if message is None or message.kind is not Kind.BLOCK:
            return message
        samples = len(message.payload) // 4 // microphone.channels
        if (heard + samples) // step > heard // step:
            completed.append(message.time_s)
        heard += samples
        return replace(message, payload=noise[: len(message.payload)])

    microphone._process.next = noisy  # type: ignore[method-assign]
    tracker = Tracker(microphone.rate_hz, load_model(provider="cpu"))
    run = LiveRun(microphone, tracker, [OscSink([receiver.getsockname()])])
    sys.setswitchinterval(GIL_INTERVAL_S)
    run.start()
    time.sleep(seconds)
    count = min(len(completed), len(arrivals))
    if count <= SETTLING_STEPS:
        raise RuntimeError(f"{len(completed)} steps were heard, {len(arrivals)} estimates came")
    pairs = zip(completed[:count], arrivals[:count], strict=True)
    return [there - here for here, there in pairs][SETTLING_STEPS:]


def measure(seconds: float) -> list[float]:
    """Run a server with a real-time clock, and this program beside it."""
    from tests.support.jack import jack_server

    with (
        tempfile.TemporaryDirectory() as folder,
        jack_server(Path(folder), RATE_HZ, realtime=True) as server,
    ):
        result = subprocess.run(
            [sys.executable, "-m", "benchmarks.jack_latency", str(seconds)],
            env=server.environment, check=True, stdout=subprocess.PIPE,
        )  # fmt: skip
    found: list[float] = json.loads(result.stdout)
    return found


if __name__ == "__main__":
    import os

    print(json.dumps(listen(float(sys.argv[1]))), flush=True)
    os._exit(0)  # a client that JACK has let go of may hang as it closes
