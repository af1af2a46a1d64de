"""The FFT of the front end, compiled by numba.

A Stockham autosort FFT of radix 8 on separate real and imaginary arrays (Van Loan 1992,
section 1.7): it needs no bit reversal, and its inner loops run over contiguous memory, in
whole vectors (:mod:`realtime_mer.frontend.simd`).
"""

from __future__ import annotations

from realtime_mer.frontend.jit import compiled
from realtime_mer.frontend.simd import butterflies, lanes_of_this_machine
from realtime_mer.frontend.types import Float32

LANES = lanes_of_this_machine()
FEW_LANES = min(8, LANES)  # the second pass writes 8 values in a row

eights_first = butterflies(8, LANES, first=True)
eights_second = butterflies(8, FEW_LANES)
eights = butterflies(8, LANES)
fours = butterflies(4, LANES)
twos = butterflies(2, LANES)


@compiled("void(int64, int64, int64, float32[:, ::1], float32[:, ::1], float32[:, ::1])")
def fft_pass(
    n: int, stride: int, column: int, twiddles: Float32, source: Float32, target: Float32
) -> None:
    """Do one pass of the FFT: transforms of length ``n``, ``stride`` of them interleaved.

    Args:
        n: 2, 4, or from 8 on.
        stride: 8 or more.
        column: where the pass's twiddles begin.
        twiddles: float32 ``[14, total]``, from :func:`realtime_mer.frontend.plan.stage_twiddles`.
        source: float32 ``[2, length]``, real and imaginary parts.
        target: float32 ``[2, length]``, receives the result.
    """
    if n == 2:
        for q in range(0, stride, LANES):
            twos(source, target, q, stride, q, stride, twiddles, 0)
    elif n == 4:
        for q in range(0, stride, LANES):
            fours(source, target, q, stride, q, stride, twiddles, 0)
    elif stride == 8:
        step = n
        for p in range(n // 8):
            for q in range(0, 8, FEW_LANES):
                eights_second(
                    source, target, 8 * p + q, step, 64 * p + q, 8, twiddles, column + p
                )  # fmt: skip
    else:
        step = stride * (n // 8)
        for p in range(n // 8):
            for q in range(0, stride, LANES):
                begin = stride * p + q
                end = 8 * stride * p + q
                eights(source, target, begin, step, end, stride, twiddles, column + p)


@compiled("int64(float32[:, ::1], float32[:, ::1], float32[:, ::1])")
def fft_of_padded(twiddles: Float32, first: Float32, second: Float32) -> int:
    """Transform complex numbers whose second half is zero.

    Args:
        twiddles: float32 ``[14, total]``, from :func:`realtime_mer.frontend.plan.stage_twiddles`.
        first: float32 ``[2, length]``, real and imaginary parts, ``length`` a power of two of
            at least 512; the second half is not read.
        second: float32 ``[2, length]``, scratch.

    Returns:
        0 where the result is in ``first``, 1 where it is in ``second``.
    """
    n = first.shape[1] // 8
    for p in range(0, n, LANES):
        eights_first(first, second, p, n, 8 * p, 0, twiddles, p)
    column = n
    stride = 8
    place = 1
    while n > 1:
        if place == 0:
            fft_pass(n, stride, column, twiddles, first, second)
        else:
            fft_pass(n, stride, column, twiddles, second, first)
        place = 1 - place
        column += n // 8
        stride *= 8
        n //= 8
    return place
