"""What the front end and the model cost, alone on one core."""

from __future__ import annotations

import numpy as np

from benchmarks.timing import Spread, durations_of
from realtime_mer.estimate import STEP_S
from realtime_mer.frontend.logmel import LogMel
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model import load_model
from realtime_mer.tracker import Tracker

BLOCK_SAMPLES = 512


def noise(samples: int, channels: int = 2) -> np.ndarray:
    """Noise at -20 dBFS, float32 ``[samples, channels]``."""
    return np.random.default_rng(0).normal(0.0, 0.1, (samples, channels)).astype(np.float32)


def callback(rate_hz: int, seconds: float = 60.0) -> Spread:
    """Time in the audio callback for a block of 512 samples in stereo."""
    front_end = LogMel(rate_hz)
    block = noise(BLOCK_SAMPLES)
    waiting = front_end.frames_waiting

    def push() -> None:
        nonlocal waiting
        front_end.push(block)
        waiting = front_end.frames_waiting
        if waiting >= FRONT_END.frames_per_step:
            front_end.take(FRONT_END.frames_per_step)

    return Spread.of(durations_of(push, round(seconds * rate_hz / BLOCK_SAMPLES)))


def model_step(count: int = 2000) -> Spread:
    """Time of one call of the model on the CPU."""
    model = load_model(provider="cpu")
    frames = np.zeros((1, FRONT_END.frames_per_step, FRONT_END.bands), np.float32)
    state = model.initial_state()
    return Spread.of(durations_of(lambda: model.step(frames, state), count))


def whole_step(rate_hz: int, count: int = 500) -> Spread:
    """Time for 500 ms of stereo from samples to estimate, in one thread."""
    tracker = Tracker(rate_hz, load_model(provider="cpu"))
    block = noise(round(rate_hz * STEP_S))
    return Spread.of(durations_of(lambda: tracker.feed(block), count))
