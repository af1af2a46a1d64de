"""What the front end and the model cost on one core, for one stream and for many."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from realtime_mer.bench.figures import Figure, durations_s, figure_ms
from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S
from realtime_mer.frontend.logmel import LogMel
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model import EmotionModel
from realtime_mer.streams import ManyTracker
from realtime_mer.tracker import Tracker

RATE_HZ = 44_100
BATCHES = (1, 16, 256, 1024)
STREAMS = 256
"""Streams in one engine to find how many a core can take: two pieces of a batch."""

Float32 = NDArray[np.float32]


def noise(samples: int, seed: int = 0) -> Float32:
    """Return white noise at -20 dBFS, float32 ``[samples]``."""
    return np.random.default_rng(seed).normal(0.0, 0.1, samples).astype(np.float32)


def front_end(seconds: float, rate_hz: int = RATE_HZ) -> Iterator[Figure]:
    """Measure a frame alone and 500 ms of them."""
    stream = LogMel(rate_hz)
    hop = noise(rate_hz // FRONT_END.hops_per_s)
    step = noise(round(rate_hz * STEP_S))

    def push(block: Float32) -> None:
        stream.push(block)
        if stream.frames_waiting >= FRONT_END.frames_per_step:
            stream.take(FRONT_END.frames_per_step)

    yield figure_ms(
        "kernel_frame", "kernel, per frame",
        durations_s(lambda: push(hop), seconds=seconds),
        note=f"a hop of 20 ms at {rate_hz} Hz, as it comes from a sound card",
    )  # fmt: skip
    yield figure_ms(
        "front_end_step", "front end, per 500 ms",
        durations_s(lambda: push(step), seconds=seconds),
        note=f"25 frames at {rate_hz} Hz at once",
    )  # fmt: skip


def model_step(model: EmotionModel, seconds: float, place: str) -> Iterator[Figure]:
    """Measure the model's step for batches of streams, the state staying where it runs."""
    for batch in BATCHES:
        frames = np.zeros((batch, FRONT_END.frames_per_step, FRONT_END.bands), np.float32)
        frames += noise(frames.size).reshape(frames.shape) * 100.0
        state = model.initial_state(batch)
        resident = model.resident(state) if model.provider == "cuda" else None

        def step() -> object:
            return resident.step(frames) if resident else model.step(frames, state)  # noqa: B023

        yield figure_ms(
            f"model_{model.provider}_{batch}", f"model step, {place}, B = {batch:,}",
            durations_s(step, seconds=seconds), note="for all streams of the batch together",
        )  # fmt: skip


def model_step_on_gpu(load: EmotionModel | UserError, seconds: float) -> Iterator[Figure]:
    """Measure the same on a GPU, or say why not."""
    if isinstance(load, EmotionModel):
        yield from model_step(load, seconds, "GPU")
        return
    for batch in BATCHES:
        what = f"model step, GPU, B = {batch:,}"
        yield Figure(f"model_cuda_{batch}", what, "ms", None, note="no GPU that CUDA can use")


def one_stream(model: EmotionModel, seconds: float, rate_hz: int = RATE_HZ) -> Iterator[Figure]:
    """Measure 500 ms of one stream from samples to estimate, and what share of time that is."""
    tracker = Tracker(rate_hz, model)
    block = noise(round(rate_hz * STEP_S))
    whole = figure_ms(
        "whole_step", "front end and model, per 500 ms",
        durations_s(lambda: tracker.feed(block), seconds=seconds),
        note=f"one stream at {rate_hz} Hz in one thread",
    )  # fmt: skip
    yield whole
    assert whole.median is not None
    factor = whole.median / (1e3 * STEP_S)
    yield Figure(
        "real_time_factor", "real-time factor", "", factor,
        count=whole.count, note="of one core, for one stream; 1 is just in time",
    )  # fmt: skip


def many_streams(
    model: EmotionModel, seconds: float, *, rate_hz: int = RATE_HZ, streams: int = STREAMS
) -> Figure:
    """Measure how many streams one core tracks in real time, sound card and network aside.

    Args:
        model: with one worker, so that it is one core.
        streams: how many share the engine while it is measured.
    """
    many = ManyTracker(model)
    numbers = [many.add(rate_hz) for _ in range(streams)]
    blocks = [noise(round(rate_hz * STEP_S), seed) for seed in range(8)]

    def tick() -> None:
        for number in numbers:
            many.listen(number, blocks[number % len(blocks)])
        many.tick()

    durations = durations_s(tick, seconds=seconds)
    # The slower a tick, the fewer streams: the percentiles are of the slow side.
    median, p95, p99 = STEP_S * streams / np.quantile(durations, [0.5, 0.95, 0.99])
    return Figure(
        "streams_per_core", "streams on one core in real time", "",
        float(median), float(p95), float(p99), len(durations),
        f"{streams} streams at {rate_hz} Hz in one engine and one thread",
    )  # fmt: skip
