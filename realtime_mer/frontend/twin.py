"""The kernels of :mod:`realtime_mer.frontend.kernels` in NumPy, argument for argument.

They prove the compiled ones in the tests, and take their place where numba cannot be
imported. They allocate and hold the GIL, so under load a sound card may outrun them.
"""

from __future__ import annotations

import numpy as np

from realtime_mer.frontend.types import Float32, Float64, Int64

LOUDEST = 16.0


def mix_into_ring(block: Float32, ring: Float32, written: int, channels: Int64) -> int:
    """Write the mean of the chosen channels into the ring; see the kernel."""
    with np.errstate(over="ignore", invalid="ignore"):
        mixed = block[:, channels].astype(np.float64).sum(axis=1) * (1.0 / len(channels))
    broken = ~np.isfinite(mixed)
    mixed[broken] = 0.0
    positions = (written + np.arange(len(mixed))) & (len(ring) - 1)
    ring[positions] = np.clip(mixed, -LOUDEST, LOUDEST)
    return int(np.count_nonzero(broken))


def log_mel_frame(
    ring: Float32,
    end: int,
    hop_samples: int,
    window: Float32,
    turn: Float32,
    stages: Float32,
    first_bin: Int64,
    bin_count: Int64,
    weights: Float32,
    floor: float,
    heard: Float32,
    first: Float32,
    second: Float32,
    power: Float32,
    frame: Float32,
) -> float:
    """Compute one frame; see the kernel. ``turn``, ``stages`` and ``heard`` are not used."""
    positions = np.arange(end - len(window), end) & (len(ring) - 1)
    samples = ring[positions].astype(np.float64)
    squares = float(np.sum(samples[-hop_samples:] ** 2))
    samples -= np.sum(window * samples) / np.sum(window)
    spectrum = np.fft.rfft(samples * window, 2 * first.shape[1])[: len(power)]
    power[:] = np.abs(spectrum) ** 2
    power[0] = 0.0
    ends = np.cumsum(bin_count)
    for band, stop in enumerate(ends):
        bins = slice(first_bin[band], first_bin[band] + bin_count[band])
        total = np.sum(weights[stop - bin_count[band] : stop] * power[bins])
        frame[band] = 10.0 * np.log10(max(total, floor))
    return squares


def due_frames(
    ring: Float32,
    written: int,
    done: int,
    rate_hz: int,
    hops_per_s: int,
    window: Float32,
    turn: Float32,
    stages: Float32,
    first_bin: Int64,
    bin_count: Int64,
    weights: Float32,
    floor: float,
    heard: Float32,
    first: Float32,
    second: Float32,
    power: Float32,
    frames: Float32,
    squares: Float64,
) -> int:
    """Compute every frame whose last sample has arrived; see the kernel."""
    start = done * rate_hz // hops_per_s
    while (end := (done + 1) * rate_hz // hops_per_s) <= written:
        slot = done % len(frames)
        squares[slot] = log_mel_frame(
            ring, end, end - start, window, turn, stages, first_bin, bin_count, weights, floor,
            heard, first, second, power, frames[slot],
        )  # fmt: skip
        done += 1
        start = end
    return done


def normalise_frames(
    frames: Float32,
    state: Float64,
    loudness_weights: Float32,
    time_constant_frames: float,
    gate_db: float,
    gate_below_level_db: float,
    release_db: float,
    range_db: float,
    normalised: Float32,
) -> int:
    """Subtract the slow gated running loudness; see the kernel."""
    loudness = 10.0 * np.log10(10.0 ** (frames.astype(np.float64) / 10.0) @ loudness_weights)
    heard = 0
    for n, now in enumerate(loudness):
        if now > gate_db and (state[1] == 0.0 or now > state[0] - gate_below_level_db):
            heard += 1
            state[1] = min(state[1] + 1.0, time_constant_frames)
            state[0] += (now - state[0]) / state[1]
        elif now > gate_db:
            state[0] -= release_db
        level = state[0] if state[1] > 0.0 else gate_db
        normalised[n] = np.maximum(frames[n] - level, -range_db)
    return heard
