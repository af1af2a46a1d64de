"""The front end's inner loops, compiled by numba: no allocation, no GIL, no Python object.

All of it is single precision: rounding in the FFT lies 130 dB under the loudest band of a
frame, and frames are cut 70 dB under the level.

``realtime_mer.frontend.twin`` holds the same functions in NumPy.
"""

from __future__ import annotations

import math

import numpy as np

from realtime_mer.frontend.decibels import into_decibels, loudness_power
from realtime_mer.frontend.fft import fft_of_padded
from realtime_mer.frontend.jit import compiled
from realtime_mer.frontend.simd import dot
from realtime_mer.frontend.types import Float32, Float64, Int64

LOUDEST = 16.0  # 24 dB above full scale: no sound card gives more, and squares stay finite

WEIGHT_LANES = 16  # as realtime_mer.frontend.plan pads the weights

weighted = dot(WEIGHT_LANES)


@compiled("int64(block, float32[::1], int64, int64[::1])")
def mix_into_ring(block: Float32, ring: Float32, written: int, channels: Int64) -> int:
    """Write the mean of the chosen channels into the ring, from position ``written`` on.

    A sample that is no number is written as 0, one beyond ±16 is cut there.

    Args:
        block: float32 ``[samples, channels]``, at most as many samples as the ring holds.
        ring: float32 ``[2^k]``.
        written: number of samples written since the start of the stream.
        channels: int64, the columns to mix.

    Returns:
        How many samples were no number.
    """
    loudest = np.float32(LOUDEST)
    count = len(channels)
    scale = 1.0 / count
    position = written & (len(ring) - 1)
    broken = 0
    done = 0
    while done < block.shape[0]:
        size = min(block.shape[0] - done, len(ring) - position)
        part = ring[position : position + size]
        if count <= 2:  # nearly always; the columns stay in registers
            left, right = channels[0], channels[count - 1]
            for row in range(size):
                total = 0.5  # doubles: numba's float() of a float32 would stay one
                total *= block[done + row, left]
                total += 0.5 * block[done + row, right]
                part[row] = total
        else:
            for row in range(size):
                total = 0.0
                for index in range(count):
                    total += block[done + row, channels[index]]
                part[row] = total * scale
        for row in range(size):  # in whole vectors, as it touches nothing but the part
            value = part[row]
            if not math.isfinite(value):
                broken += 1
                value = np.float32(0.0)
            part[row] = min(max(value, -loudest), loudest)
        done += size
        position = 0
    return broken


@compiled(
    "float64(float32[::1], int64, int64, float32[::1], float32[:, ::1], float32[:, ::1],"
    " int64[::1], int64[::1], float32[::1], float64, float32[::1], float32[:, ::1],"
    " float32[:, ::1], float32[::1], float32[::1])"
)
def log_mel_frame(
    ring: Float32, end: int, hop_samples: int, window: Float32, turn: Float32, stages: Float32,
    first_bin: Int64, bin_count: Int64, weights: Float32, floor: float,
    heard: Float32, first: Float32, second: Float32, power: Float32, frame: Float32,
) -> float:  # fmt: skip
    """Compute one frame: window, FFT, power, mel bands, decibels.

    Args:
        ring: float32 ``[2^k]``, holding at least one window.
        end: the frame sees samples before this position of the stream; those before 0 are 0.
        hop_samples: number of samples since the frame before, at most a window.
        window, turn, stages, first_bin, bin_count, weights: of a
            :class:`~realtime_mer.frontend.plan.FramePlan`.
        floor: power below which decibels are not followed.
        heard: float32 ``[window_samples]``, scratch.
        first, second: float32 ``[2, fft_samples // 2]``, scratch.
        power: float32 ``[bins]``, scratch.
        frame: float32 ``[bands]``, receives decibels relative to full scale.

    Returns:
        The sum of the squares of the samples since the frame before.
    """
    mask = len(ring) - 1
    samples = len(window)
    half = first.shape[1]
    # Unrolled out of the ring first: the loops below then run over contiguous memory.
    begin = (end - samples) & mask
    before_wrap = min(samples, len(ring) - begin)
    for n in range(before_wrap):
        heard[n] = ring[begin + n]
    for n in range(samples - before_wrap):
        heard[before_wrap + n] = ring[n]
    # An offset of the converter would leak into the lowest bands: the mean seen through
    # the window is taken off, which makes the spectrum at 0 Hz vanish.
    total = 0.0
    area = 0.0
    for n in range(samples):
        total += window[n] * heard[n]
        area += window[n]
    mean = np.float32(total / area)
    squares = 0.0
    for n in range(samples - hop_samples, samples):
        squares += heard[n] * heard[n]
    pairs = samples // 2
    real, imag = first[0], first[1]
    for n in range(pairs):
        real[n] = window[2 * n] * (heard[2 * n] - mean)
        imag[n] = window[2 * n + 1] * (heard[2 * n + 1] - mean)
    for n in range(pairs, half // 2):
        real[n] = imag[n] = 0.0
    if samples % 2:
        real[pairs] = window[samples - 1] * (heard[samples - 1] - mean)

    # The FFT is at least twice as long as the window.
    if fft_of_padded(stages, first, second) == 0:
        zr, zi = first[0], first[1]
    else:
        zr, zi = second[0], second[1]

    # Z[k] = E[k] + iO[k], of the even and the odd samples: X[k] = E[k] + w^k O[k].
    wr, wi = turn[0], turn[1]
    quarter = np.float32(0.25)
    power[0] = 0.0
    for k in range(1, min(len(power), half)):
        j = half - k
        even_r, even_i = zr[k] + zr[j], zi[k] - zi[j]
        odd_r, odd_i = zi[k] + zi[j], zr[j] - zr[k]
        r = even_r + wr[k] * odd_r - wi[k] * odd_i
        i = even_i + wr[k] * odd_i + wi[k] * odd_r
        power[k] = quarter * (r * r + i * i)
    if len(power) > half:
        power[half] = (zr[0] - zi[0]) ** 2

    position = 0
    for band in range(len(frame)):
        band_power = np.float32(0.0)
        for k in range(0, bin_count[band], WEIGHT_LANES):
            band_power += weighted(weights, position + k, power, first_bin[band] + k)
        position += bin_count[band]
        frame[band] = band_power
    into_decibels(frame, np.float32(floor))
    return squares


@compiled(
    "int64(float32[::1], int64, int64, int64, int64, float32[::1], float32[:, ::1],"
    " float32[:, ::1], int64[::1], int64[::1], float32[::1], float64, float32[::1],"
    " float32[:, ::1], float32[:, ::1], float32[::1], float32[:, ::1], float64[::1])"
)
def due_frames(
    ring: Float32, written: int, done: int, rate_hz: int, hops_per_s: int,
    window: Float32, turn: Float32, stages: Float32,
    first_bin: Int64, bin_count: Int64, weights: Float32, floor: float,
    heard: Float32, first: Float32, second: Float32, power: Float32,
    frames: Float32, squares: Float64,
) -> int:  # fmt: skip
    """Compute every frame whose last sample has arrived.

    Args:
        ring: float32 ``[2^k]``, the samples.
        written: number of samples of the stream so far.
        done: number of frames of the stream so far.
        rate_hz, hops_per_s: frame ``k`` ends at sample ``(k + 1) rate_hz // hops_per_s``.
        window, turn, stages, first_bin, bin_count, weights, floor, heard, first, second, power: see
            :func:`log_mel_frame`.
        frames: float32 ``[slots, bands]``, a ring; frame ``k`` goes to slot ``k % slots``.
        squares: float64 ``[slots]``, receives the sum of squares of the samples of each hop.

    Returns:
        The number of frames of the stream now.
    """
    start = done * rate_hz // hops_per_s
    end = (done + 1) * rate_hz // hops_per_s
    while end <= written:
        slot = done % len(frames)
        squares[slot] = log_mel_frame(
            ring, end, end - start, window, turn, stages, first_bin, bin_count, weights, floor,
            heard, first, second, power, frames[slot],
        )  # fmt: skip
        done += 1
        start = end
        end = (done + 1) * rate_hz // hops_per_s
    return done


@compiled(
    "int64(float32[:, ::1], float64[::1], float32[::1], float64, float64, float64, float64,"
    " float64, float32[:, ::1])"
)
def normalise_frames(
    frames: Float32, state: Float64, loudness_weights: Float32, time_constant_frames: float,
    gate_db: float, gate_below_level_db: float, release_db: float, range_db: float,
    normalised: Float32,
) -> int:  # fmt: skip
    """Subtract the slow gated running loudness, frame by frame, in stream order.

    While the gate is open the level is the mean loudness so far, until that mean spans
    the time constant; from then on it forgets exponentially. So it is right from the
    first note and has no transient.

    Args:
        frames: float32 ``[n, bands]``, decibels.
        state: float64 ``[2]``: level in dB, number of frames it rests on; updated.
        loudness_weights: float32 ``[bands]``, A-weighting as a factor of power.
        time_constant_frames, gate_db, gate_below_level_db, release_db, range_db: see
            :class:`~realtime_mer.frontend.spec.FrontEndSpec`; ``release_db`` is per frame.
        normalised: float32 ``[n, bands]``, receives decibels relative to the level.

    Returns:
        How many of the frames were above the gate, that is, music.
    """
    heard = 0
    for n in range(frames.shape[0]):
        loudness = 10.0 * math.log10(loudness_power(frames[n], loudness_weights))
        if loudness > gate_db and (state[1] == 0.0 or loudness > state[0] - gate_below_level_db):
            heard += 1
            state[1] = min(state[1] + 1.0, time_constant_frames)
            state[0] += (loudness - state[0]) / state[1]
        elif loudness > gate_db:
            state[0] -= release_db
        level = np.float32(state[0] if state[1] > 0.0 else gate_db)
        lowest = np.float32(-range_db)
        frame, result = frames[n], normalised[n]
        for band in range(len(frame)):
            result[band] = max(frame[band] - level, lowest)
    return heard
