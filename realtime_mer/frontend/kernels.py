"""The front end's inner loops, compiled by numba: no allocation, no GIL, no Python object.

All of them stand in this one file because numba's cache on disk only notices changes
of the file a compiled function is in, not of the functions it calls. For the same
reason no constant is read from elsewhere: everything arrives as an argument.

The FFT is a Stockham autosort FFT of radix 4 on separate real and imaginary arrays
(Van Loan 1992, section 1.7): it needs no bit reversal, and its inner loop runs over
contiguous memory, which LLVM turns into vector instructions. The real input of N
samples is packed into a complex one of N/2.

``realtime_mer.frontend.twin`` holds the same functions in NumPy.
"""

from __future__ import annotations

import math

from realtime_mer.frontend.jit import compiled
from realtime_mer.frontend.types import Float32, Float64, Int64

LOUDEST = 16.0  # 24 dB above full scale: no sound card gives more, and squares stay finite


@compiled(
    "int64(block, float32[::1], int64, int64[::1])",
)
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
    mask = len(ring) - 1
    count = len(channels)
    scale = 1.0 / count
    position = written & mask
    broken = 0
    for row in range(block.shape[0]):
        total = 0.0  # a double: numba's float() of a float32 would stay one
        for index in range(count):
            total += block[row, channels[index]]
        total *= scale
        if not abs(total) <= LOUDEST:  # true for NaN, too
            if math.isfinite(total):
                total = math.copysign(LOUDEST, total)
            else:
                broken += 1
                total = 0.0
        ring[position] = total
        position = (position + 1) & mask
    return broken


@compiled("void(int64, float64[:, ::1], float64[:, ::1], float64[:, ::1])")
def first_pass_of_padded(length: int, twiddles: Float64, first: Float64, second: Float64) -> None:
    """Do the first pass of :func:`fft_passes` for an input whose second half is zero.

    Args:
        length: number of complex values, a power of two, at least 4.
        twiddles: float64 ``[6, total]``, from :func:`realtime_mer.frontend.plan.stage_twiddles`.
        first: float64 ``[2, length]``, real and imaginary parts; the second half is not read.
        second: float64 ``[2, length]``, receives the result.
    """
    quarter = length // 4
    for p in range(quarter):
        ar, ai = first[0, p], first[1, p]
        br, bi = first[0, p + quarter], first[1, p + quarter]
        y = 4 * p
        second[0, y] = ar + br
        second[1, y] = ai + bi
        r, i = ar + bi, ai - br
        second[0, y + 1] = r * twiddles[0, p] - i * twiddles[1, p]
        second[1, y + 1] = r * twiddles[1, p] + i * twiddles[0, p]
        r, i = ar - br, ai - bi
        second[0, y + 2] = r * twiddles[2, p] - i * twiddles[3, p]
        second[1, y + 2] = r * twiddles[3, p] + i * twiddles[2, p]
        r, i = ar - bi, ai + br
        second[0, y + 3] = r * twiddles[4, p] - i * twiddles[5, p]
        second[1, y + 3] = r * twiddles[5, p] + i * twiddles[4, p]


@compiled("int64(int64, int64, float64[:, ::1], float64[:, ::1], float64[:, ::1])")
def fft_passes(length: int, done: int, twiddles: Float64, first: Float64, second: Float64) -> int:
    """Transform the complex numbers in ``first``; ``second`` is scratch of the same shape.

    Args:
        length: number of complex values, a power of two, at least 4.
        done: 0, or 1 where :func:`first_pass_of_padded` has been through.
        twiddles: float64 ``[6, total]``, from :func:`realtime_mer.frontend.plan.stage_twiddles`.
        first: float64 ``[2, length]``, real and imaginary parts.
        second: float64 ``[2, length]``.

    Returns:
        0 where the result is in ``first``, 1 where it is in ``second``.
    """
    n = length
    stride = 1
    offset = 0
    place = done
    if done:
        n = length // 4
        stride = 4
        offset = length // 4
    while n >= 4:
        xr, xi = (first[0], first[1]) if place == 0 else (second[0], second[1])
        yr, yi = (second[0], second[1]) if place == 0 else (first[0], first[1])
        quarter = n // 4
        step = stride * quarter
        for p in range(quarter):
            w1r, w1i = twiddles[0, offset + p], twiddles[1, offset + p]
            w2r, w2i = twiddles[2, offset + p], twiddles[3, offset + p]
            w3r, w3i = twiddles[4, offset + p], twiddles[5, offset + p]
            source = stride * p
            target = 4 * stride * p
            for q in range(stride):
                a = source + q
                b = a + step
                c = b + step
                d = c + step
                sum_ac_r, sum_ac_i = xr[a] + xr[c], xi[a] + xi[c]
                dif_ac_r, dif_ac_i = xr[a] - xr[c], xi[a] - xi[c]
                sum_bd_r, sum_bd_i = xr[b] + xr[d], xi[b] + xi[d]
                # j (b - d)
                dif_bd_r, dif_bd_i = xi[d] - xi[b], xr[b] - xr[d]
                y = target + q
                yr[y] = sum_ac_r + sum_bd_r
                yi[y] = sum_ac_i + sum_bd_i
                y += stride
                r, i = dif_ac_r - dif_bd_r, dif_ac_i - dif_bd_i
                yr[y] = r * w1r - i * w1i
                yi[y] = r * w1i + i * w1r
                y += stride
                r, i = sum_ac_r - sum_bd_r, sum_ac_i - sum_bd_i
                yr[y] = r * w2r - i * w2i
                yi[y] = r * w2i + i * w2r
                y += stride
                r, i = dif_ac_r + dif_bd_r, dif_ac_i + dif_bd_i
                yr[y] = r * w3r - i * w3i
                yi[y] = r * w3i + i * w3r
        offset += quarter
        n = quarter
        stride *= 4
        place = 1 - place
    if n == 2:
        xr, xi = (first[0], first[1]) if place == 0 else (second[0], second[1])
        yr, yi = (second[0], second[1]) if place == 0 else (first[0], first[1])
        for q in range(stride):
            ar, ai = xr[q], xi[q]
            br, bi = xr[q + stride], xi[q + stride]
            yr[q] = ar + br
            yi[q] = ai + bi
            yr[q + stride] = ar - br
            yi[q + stride] = ai - bi
        place = 1 - place
    return place


@compiled(
    "float64(float32[::1], int64, int64, float64[::1], float64[:, ::1], float64[:, ::1],"
    " int64[::1], int64[::1], float64[::1], float64, float64[:, ::1], float64[:, ::1],"
    " float64[::1], float32[::1])"
)
def log_mel_frame(
    ring: Float32, end: int, hop_samples: int, window: Float64, turn: Float64, stages: Float64,
    first_bin: Int64, bin_count: Int64, weights: Float64, floor: float,
    first: Float64, second: Float64, power: Float64, frame: Float32,
) -> float:  # fmt: skip
    """Compute one frame: window, FFT, power, mel bands, decibels.

    Args:
        ring: float32 ``[2^k]``, holding at least one window.
        end: the frame sees samples before this position of the stream; those before 0 are 0.
        hop_samples: number of samples since the frame before, at most a window.
        window, turn, stages, first_bin, bin_count, weights: of a
            :class:`~realtime_mer.frontend.plan.FramePlan`.
        floor: power below which decibels are not followed.
        first, second: float64 ``[2, fft_samples // 2]``, scratch.
        power: float64 ``[bins]``, scratch.
        frame: float32 ``[bands]``, receives decibels relative to full scale.

    Returns:
        The sum of the squares of the samples since the frame before.
    """
    mask = len(ring) - 1
    samples = len(window)
    half = first.shape[1]
    # Unrolled out of the ring first: the loops below then run over contiguous memory.
    heard = second.reshape(second.size)[:samples]
    begin = (end - samples) & mask
    before_wrap = min(samples, len(ring) - begin)
    heard[:before_wrap] = ring[begin : begin + before_wrap]
    heard[before_wrap:] = ring[: samples - before_wrap]
    # An offset of the converter would leak into the lowest bands: the mean seen through
    # the window is taken off, which makes the spectrum at 0 Hz vanish.
    total = 0.0
    area = 0.0
    for n in range(samples):
        total += window[n] * heard[n]
        area += window[n]
    mean = total / area
    squares = 0.0
    for n in range(samples - hop_samples, samples):
        squares += heard[n] * heard[n]
    pairs = samples // 2
    for n in range(pairs):
        first[0, n] = window[2 * n] * (heard[2 * n] - mean)
        first[1, n] = window[2 * n + 1] * (heard[2 * n + 1] - mean)
    first[:, pairs : half // 2] = 0.0
    if samples % 2:
        first[0, pairs] = window[samples - 1] * (heard[samples - 1] - mean)

    # The FFT is at least twice as long as the window.
    first_pass_of_padded(half, stages, first, second)
    if fft_passes(half, 1, stages, first, second) == 0:
        zr, zi = first[0], first[1]
    else:
        zr, zi = second[0], second[1]

    # Z[k] = E[k] + iO[k], of the even and the odd samples: X[k] = E[k] + w^k O[k].
    power[0] = 0.0
    for k in range(1, min(len(power), half)):
        j = half - k
        even_r, even_i = 0.5 * (zr[k] + zr[j]), 0.5 * (zi[k] - zi[j])
        odd_r, odd_i = 0.5 * (zi[k] + zi[j]), 0.5 * (zr[j] - zr[k])
        wr, wi = turn[0, k], turn[1, k]
        r = even_r + wr * odd_r - wi * odd_i
        i = even_i + wr * odd_i + wi * odd_r
        power[k] = r * r + i * i
    if len(power) > half:
        power[half] = (zr[0] - zi[0]) ** 2

    position = 0
    for band in range(len(frame)):
        total = 0.0
        for k in range(bin_count[band]):
            total += weights[position + k] * power[first_bin[band] + k]
        position += bin_count[band]
        frame[band] = 10.0 * math.log10(max(total, floor))
    return squares


@compiled(
    "int64(float32[::1], int64, int64, int64, int64, float64[::1], float64[:, ::1],"
    " float64[:, ::1], int64[::1], int64[::1], float64[::1], float64, float64[:, ::1],"
    " float64[:, ::1], float64[::1], float32[:, ::1], float64[::1])"
)
def due_frames(
    ring: Float32, written: int, done: int, rate_hz: int, hops_per_s: int,
    window: Float64, turn: Float64, stages: Float64,
    first_bin: Int64, bin_count: Int64, weights: Float64, floor: float,
    first: Float64, second: Float64, power: Float64, frames: Float32, squares: Float64,
) -> int:  # fmt: skip
    """Compute every frame whose last sample has arrived.

    Args:
        ring: float32 ``[2^k]``, the samples.
        written: number of samples of the stream so far.
        done: number of frames of the stream so far.
        rate_hz, hops_per_s: frame ``k`` ends at sample ``(k + 1) rate_hz // hops_per_s``.
        window, turn, stages, first_bin, bin_count, weights, floor, first, second, power: see
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
            first, second, power, frames[slot],
        )  # fmt: skip
        done += 1
        start = end
        end = (done + 1) * rate_hz // hops_per_s
    return done


@compiled(
    "int64(float32[:, ::1], float64[::1], float64[::1], float64, float64, float64, float64,"
    " float64, float32[:, ::1])"
)
def normalise_frames(
    frames: Float32, state: Float64, loudness_weights: Float64, time_constant_frames: float,
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
        loudness_weights: float64 ``[bands]``, A-weighting as a factor of power.
        time_constant_frames, gate_db, gate_below_level_db, release_db, range_db: see
            :class:`~realtime_mer.frontend.spec.FrontEndSpec`; ``release_db`` is per frame.
        normalised: float32 ``[n, bands]``, receives decibels relative to the level.

    Returns:
        How many of the frames were above the gate, that is, music.
    """
    heard = 0
    for n in range(frames.shape[0]):
        power = 0.0
        for band in range(frames.shape[1]):
            power += loudness_weights[band] * math.exp(0.23025850929940458 * frames[n, band])
        loudness = 10.0 * math.log10(power)
        if loudness > gate_db and (state[1] == 0.0 or loudness > state[0] - gate_below_level_db):
            heard += 1
            state[1] = min(state[1] + 1.0, time_constant_frames)
            state[0] += (loudness - state[0]) / state[1]
        elif loudness > gate_db:
            state[0] -= release_db
        level = state[0] if state[1] > 0.0 else gate_db
        for band in range(frames.shape[1]):
            normalised[n, band] = max(frames[n, band] - level, -range_db)
    return heard
