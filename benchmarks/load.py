"""How much of a core a live run takes, listening to noise through PulseAudio (Linux)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from tests.support.pulse import pulse_server

RATE_HZ = 44_100
WARM_UP_S = 8.0


def processor_s(process: subprocess.Popen[bytes]) -> float:
    """Return the processor time a process and the one that hears for it have used, in seconds.

    Fields 14 and 15 of proc(5).
    """
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    children = [int(pid) for task in tasks for pid in task.read_text().split()]
    ticks = 0
    for pid in (process.pid, *children):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(seconds: float) -> float:
    """Run the tracker with OSC and the page's port open; return its share of a core, 0 to 1."""
    with tempfile.TemporaryDirectory() as name, pulse_server(Path(name), RATE_HZ) as pulse:
        noise = np.random.default_rng(0).normal(0.0, 0.1, round((seconds + 20) * RATE_HZ))
        soundfile.write(Path(name) / "noise.wav", noise, RATE_HZ)
        pulse.play(Path(name) / "noise.wav")
        places = ["--osc", "127.0.0.1:9", "--web", "127.0.0.1:0"]
        process = subprocess.Popen(
            [sys.executable, "-m", "realtime_mer", "--device", "pulse", *places],
            env=pulse.environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            time.sleep(WARM_UP_S)
            before_s, begin_s = processor_s(process), time.monotonic()
            time.sleep(seconds)
            share = (processor_s(process) - before_s) / (time.monotonic() - begin_s)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)
    return share
