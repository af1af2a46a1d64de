"""What describing 500 ms of sound takes, for each way to hear."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from realtime_mer.frontend import FRONT_END, log_mel, normalise_steps
from realtime_mer.model import load_model
from train import golden, opensmile, spectral, vggish, yamnet
from train.datasets.base import Ratings, Recording


def ear_microseconds() -> dict[str, float]:
    """Return microseconds of processor time for 500 ms, by the name of the ear."""
    samples, rate_hz = golden.recording(), golden.RATE_HZ
    nothing = Recording("none", "golden", None, "none", Ratings.none(), "none")

    def frames() -> None:
        normalise_steps(log_mel(samples, rate_hz))

    ears: dict[str, Callable[[], object]] = {
        "log-mel": frames,
        "openSMILE": lambda: opensmile.listen(nothing, samples, rate_hz),
        "spectrum": lambda: spectral.listen(nothing, samples, rate_hz),
        "YAMNet": lambda: yamnet.listen(samples, rate_hz),
    }
    if vggish.weights_path() is not None:
        ears["VGGish"] = lambda: vggish.listen(nothing, samples, rate_hz)
    steps = golden.SECONDS * 2
    return {"none": 0.0} | {name: _microseconds(ear) / steps for name, ear in ears.items()}


def step_microseconds(model: Path) -> float:
    """Return microseconds of processor time an exported model takes for 500 ms."""
    loaded = load_model(model, "cpu")
    frames = np.zeros((1, FRONT_END.frames_per_step, FRONT_END.bands), np.float32)
    state = loaded.initial_state()

    def run() -> None:
        for _ in range(100):
            loaded.step(frames, state)

    return _microseconds(run) / 100


def _microseconds(call: Callable[[], object]) -> float:
    """Return the least of three, after one that loads and compiles."""
    call()
    taken = []
    for _ in range(3):
        begin = time.process_time()
        call()
        taken.append(time.process_time() - begin)
    return 1e6 * min(taken)
