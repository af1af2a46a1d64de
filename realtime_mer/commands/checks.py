"""What ``realtime-mer doctor`` looks at: each check returns one :class:`Finding`.

A check raises :class:`~realtime_mer.errors.UserError` where the part it looks at does so
by itself; whoever calls it turns that sentence into a finding.
"""

from __future__ import annotations

import errno
import math
import os
import platform
import socket
import statistics
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realtime_mer.estimate import SILENT_LEVEL_DB, STEP_S

if TYPE_CHECKING:
    from realtime_mer.sources.base import Block

OLDEST_PYTHON = (3, 11)
FIRST_BLOCK_LIMIT_S = 5.0  # a PulseAudio under load took 1.9 s to its first block
LISTEN_S = 1.0
SPEED_RATE_HZ = 48_000
SPEED_STEPS = 40
BUSY_SHARE = 0.5  # of the time between two estimates; beyond it nothing is left for visuals


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: what was looked at.
        good: whether the tracker can work as far as this goes.
        said: what was found.
        remedy: what to do about it; empty where nothing needs doing.
    """

    check: str
    good: bool
    said: str
    remedy: str = ""

    def line(self) -> str:
        """One line for a person."""
        mark = "✓" if self.good else "✗"
        return f"{mark} {self.check}: {self.said}" + (f" → {self.remedy}" if self.remedy else "")


def check_python() -> Finding:
    """Python is recent enough for every dependency."""
    good = sys.version_info[:2] >= OLDEST_PYTHON
    said = f"{platform.python_version()} at {sys.executable}"
    return Finding("Python", good, said, "" if good else "install Python 3.11 or newer")


def check_portaudio() -> Finding:
    """The library that talks to sound cards can be loaded."""
    from realtime_mer.sources.capture.process import portaudio_version

    return Finding("PortAudio", True, portaudio_version().split(",")[0])


def check_devices() -> Finding:
    """There is something to listen to."""
    from realtime_mer.sources.capture.process import list_inputs

    names = [device.name for device in list_inputs()]
    if not names:
        remedy = "plug in a microphone or an audio interface, or play the demo with --device demo"
        return Finding("input devices", False, "none", remedy)
    return Finding("input devices", True, f"{len(names)}: {', '.join(names)}")


def check_input(device: str | None) -> Finding:
    """The input opens and delivers samples; says how loud they are."""
    from realtime_mer.sources.microphone import Microphone

    meter = _Meter()
    source = Microphone(device, None)
    check = f"sound from {source.name}"
    try:
        source.start(meter.deliver, meter.ended)
        if not meter.first.wait(FIRST_BLOCK_LIMIT_S):
            remedy = "unplug and replug it, or choose another with --device"
            said = f"opened, but no sample in {FIRST_BLOCK_LIMIT_S:.0f} s"
            return Finding(check, False, said, remedy)
        time.sleep(LISTEN_S)
    finally:
        source.close()
    level_db = meter.level_db()
    shape = f"{source.rate_hz} Hz, {source.channels} channel{'s' * (source.channels != 1)}"
    if level_db <= SILENT_LEVEL_DB:
        remedy = "check the cable, its mute switch and this program's right to the microphone"
        return Finding(check, True, f"{shape}, digital silence", remedy)
    return Finding(check, True, f"{shape}, {level_db:.0f} dBFS")


class _Meter:
    """Adds up what an input delivers."""

    def __init__(self) -> None:
        self.first = threading.Event()
        self._energy = 0.0
        self._samples = 0

    def deliver(self, block: Block) -> None:
        self._energy += float((block.astype("float64") ** 2).sum())
        self._samples += block.size
        self.first.set()

    def ended(self, error: Exception | None) -> None:
        """Nothing to do: a device that dies stops delivering."""

    def level_db(self) -> float:
        """Root mean square of all samples in dBFS."""
        if not self._energy:
            return SILENT_LEVEL_DB
        return max(SILENT_LEVEL_DB, 10.0 * math.log10(self._energy / self._samples))


def check_numba() -> Finding:
    """The front end is compiled, and its machine code is kept for the next start."""
    try:
        import numba
    except ImportError as error:
        said = f"missing ({error}), NumPy does its work, slowly"
        return Finding("numba", False, said, f"{sys.executable} -m pip install numba")
    from realtime_mer.frontend import kernels

    dispatcher: Any = kernels.mix_into_ring
    cache = dispatcher.stats.cache_path
    if cache is None or not os.access(cache, os.W_OK):
        remedy = "set NUMBA_CACHE_DIR to a folder you can write to, for a quicker start"
        return Finding("numba", True, f"{numba.__version__}, nothing is kept on disk", remedy)
    return Finding("numba", True, f"{numba.__version__}, cache in {cache}")


def check_model(path: Path | None, provider: str) -> Finding:
    """The model loads, matches the front end, and gives numbers inside its range."""
    import numpy as np

    from realtime_mer.frontend.spec import FRONT_END
    from realtime_mer.model.session import load_model

    model = load_model(path, provider)
    frames = np.zeros((1, FRONT_END.frames_per_step, FRONT_END.bands), np.float32)
    mean, std, _ = model.step(frames, model.initial_state(1))
    said = f"{model.name}, {' and '.join(model.dimensions)}, matches the front end"
    if not (np.abs(mean) <= 1).all() or not (std > 0).all():
        return Finding("model", False, f"{said}, but gives {mean}, {std}", "use another file")
    return Finding("model", True, said)


def check_provider(path: Path | None, provider: str) -> Finding:
    """Where the model truly runs: asked of the session, as the list of providers may lie."""
    import onnxruntime

    from realtime_mer.model.session import load_model

    model = load_model(path, provider)
    said = f"{onnxruntime.__version__}, the model runs on {model.provider.upper()}"
    listed = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    if listed and model.provider != "cuda":
        said += " (a GPU is not needed, and none is usable)"
    return Finding("ONNX Runtime", True, said)


def check_web_port(host: str, port: int) -> Finding:
    """The dashboard's port can be taken."""
    check = f"web port {host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            if os.name == "posix":  # elsewhere this option would share a port that is in use
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen()
    except OSError as error:
        return Finding(check, False, str(error), "choose another with --web HOST:PORT")
    return Finding(check, True, "free")


def check_osc_target(host: str, port: int) -> Finding:
    """The OSC receiver has an address; on this machine, whether something listens there."""
    check = f"OSC to {host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[
            0
        ]
    except OSError as error:
        return Finding(check, False, str(error), "choose another with --osc HOST:PORT")
    with socket.socket(family, kind, protocol) as probe:
        try:
            probe.bind(address)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            return Finding(check, True, "a program listens" if taken else "not on this machine")
    return Finding(check, True, "nothing listens yet", "start your visuals; they may come later")


def check_speed(path: Path | None, provider: str) -> Finding:
    """This machine needs far less than 500 ms for 500 ms of sound."""
    import numpy as np

    from realtime_mer.model.session import load_model
    from realtime_mer.tracker import Tracker

    tracker = Tracker(SPEED_RATE_HZ, load_model(path, provider))
    noise = np.random.default_rng(0).normal(0.0, 0.1, (round(SPEED_RATE_HZ * STEP_S), 1))
    block = noise.astype(np.float32)
    durations_ms = []
    for _ in range(SPEED_STEPS):
        begin = time.perf_counter()
        tracker.feed(block)
        durations_ms.append(1e3 * (time.perf_counter() - begin))
    median_ms, slowest_ms = statistics.median(durations_ms[1:]), max(durations_ms[1:])
    said = f"{median_ms:.1f} ms for each {1e3 * STEP_S:.0f} ms of sound, at most {slowest_ms:.1f}"
    if slowest_ms > BUSY_SHARE * 1e3 * STEP_S:
        return Finding("speed", False, said, "close other programs, or use a faster machine")
    return Finding("speed", True, f"{said}: this machine keeps up")
