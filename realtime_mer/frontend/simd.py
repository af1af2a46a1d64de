"""Vector instructions for the kernels, as LLVM's intermediate code.

numba cannot tell the compiler that two arrays do not overlap, so LLVM leaves loops that read
from one and write to several places of another as they are, value after value. The FFT is
made of nothing else; written for whole vectors here it is five times as quick. LLVM turns a
vector of any length into what the machine has.

Each function here makes an intrinsic of numba, which stands for its instructions in a kernel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from realtime_mer.frontend.jit import without_scipy

with without_scipy():
    from llvmlite import binding, ir
    from numba.core import types
    from numba.extending import intrinsic

FLOAT = ir.FloatType()
INT32 = ir.IntType(32)
INT64 = ir.IntType(64)

# May be fused into multiply-adds: what the kernels allow numba, too.
FUSED = ("contract",)

Value = Any
Complex = tuple[Value, Value]


def lanes_of_this_machine() -> int:
    """Return how many float32 its vector registers hold."""
    try:
        features = binding.get_host_cpu_features()
    except RuntimeError:  # LLVM does not know this processor
        return 4
    if features.get("avx512f"):
        return 16
    return 8 if features.get("avx") else 4


class Vectors:
    """Emits instructions on vectors of float32."""

    def __init__(self, builder: ir.IRBuilder, lanes: int) -> None:
        self.build = builder
        self.lanes = lanes
        self.type = ir.VectorType(FLOAT, lanes)

    def load(self, data: Value, index: Value) -> Value:
        """Read consecutive values from ``data[index]`` on."""
        return self.build.load(self._at(data, index), align=4)

    def store(self, vector: Value, data: Value, index: Value) -> None:
        """Write consecutive values from ``data[index]`` on."""
        self.build.store(vector, self._at(data, index), align=4)

    def repeat(self, data: Value, index: Value) -> Value:
        """Read one value into every lane."""
        nothing = ir.Constant(self.type, ir.Undefined)
        value = self.build.load(self.build.gep(data, [index]))
        first = self.build.insert_element(nothing, value, ir.Constant(INT32, 0))
        return self.build.shuffle_vector(first, nothing, self._places([0] * self.lanes))

    def times(self, a: Complex, w: Complex) -> Complex:
        """Multiply complex numbers."""
        mul, sub, add = self.build.fmul, self.build.fsub, self.build.fadd
        real = sub(mul(a[0], w[0], FUSED), mul(a[1], w[1], FUSED), FUSED)
        return real, add(mul(a[0], w[1], FUSED), mul(a[1], w[0], FUSED), FUSED)

    def transform(self, z: Sequence[Complex | None]) -> list[Complex]:
        """Transform 1, 2, 4 or 8 complex numbers a lane; None stands for zero.

        Decimation in frequency: even outputs are the transform of the sums of both
        halves, odd ones that of their turned differences.
        """
        if len(z) == 1:
            return [value for value in z if value is not None]
        half = len(z) // 2
        sums, turned = [], []
        for m in range(half):
            a, b = z[m], z[m + half]
            assert a is not None
            if b is None:
                sums.append(a)
                difference = a
            else:
                sums.append((self.build.fadd(a[0], b[0]), self.build.fadd(a[1], b[1])))
                difference = (self.build.fsub(a[0], b[0]), self.build.fsub(a[1], b[1]))
            turned.append(self._turn(difference, 8 * m // len(z)))
        pairs = zip(self.transform(sums), self.transform(turned), strict=True)
        return [value for pair in pairs for value in pair]

    def interleave(self, vectors: list[Value]) -> list[Value]:
        """Return vectors that hold lane 0 of each one after the other, then lane 1 of each."""
        if len(vectors) == 1:
            return vectors
        half = self.lanes // 2
        pairs = [[i, i + self.lanes] for i in range(self.lanes)]
        low, high = (
            self._places([i for pair in some for i in pair])
            for some in (pairs[:half], pairs[half:])
        )
        merged = []
        for a, b in zip(
            self.interleave(vectors[0::2]), self.interleave(vectors[1::2]), strict=True
        ):
            merged += [self.build.shuffle_vector(a, b, mask) for mask in (low, high)]
        return merged

    def sum(self, vector: Value) -> Value:
        """Add up all lanes, one half to the other again and again."""
        count = self.lanes
        while count > 1:
            count //= 2
            nothing = ir.Constant(vector.type, ir.Undefined)
            low, high = (
                self.build.shuffle_vector(
                    vector, nothing, self._places(range(begin, begin + count))
                )
                for begin in (0, count)
            )
            vector = self.build.fadd(low, high)
        return self.build.extract_element(vector, ir.Constant(INT32, 0))

    def _turn(self, a: Complex, eighths: int) -> Complex:
        """Multiply by ``exp(-2πi eighths / 8)``, 0 to 3 eighths."""
        if eighths == 0:
            return a
        if eighths == 2:
            return a[1], self.build.fneg(a[0])
        root = ir.Constant(self.type, [ir.Constant(FLOAT, math.sqrt(0.5))] * self.lanes)
        both = self.build.fmul(root, self.build.fadd(a[0], a[1]))
        apart = self.build.fmul(root, self.build.fsub(a[1], a[0]))
        return (both, apart) if eighths == 1 else (apart, self.build.fneg(both))

    def _at(self, data: Value, index: Value) -> Value:
        return self.build.bitcast(self.build.gep(data, [index]), self.type.as_pointer())

    def _places(self, lanes: Sequence[int]) -> Value:
        return ir.Constant(ir.VectorType(INT32, len(lanes)), list(lanes))


def _data(context: Any, builder: ir.IRBuilder, kind: Any, array: Value) -> Value:
    return context.make_array(kind)(context, builder, array).data


def _int(number: int) -> ir.Constant:
    return ir.Constant(INT64, number)


def butterflies(radix: int, lanes: int, *, first: bool = False) -> Any:
    """Make ``(x, y, source, step, target, stride, twiddles, column)``, a vector of butterflies.

    Of each lane ``radix`` complex numbers are read from ``x``, ``step`` apart, transformed,
    multiplied by twiddles (radix 8 alone has them) and written to ``y``.

    Args:
        radix: 2, 4 or 8.
        lanes: how many butterflies stand side by side.
        first: in the first pass of an input whose second half is zero, a lane has its own
            twiddle and all outputs of a lane follow one another; in a later one all lanes
            share the twiddle, and outputs lie ``stride`` apart.

    The intrinsic takes ``x`` and ``y``, float32 ``[2, length]``, real and imaginary parts,
    and ``twiddles``, float32 ``[14, total]``.
    """

    @intrinsic
    def vector_of_butterflies(
        typing: Any, x: Any, y: Any, source: Any, step: Any, target: Any, stride: Any,
        twiddles: Any, column: Any,
    ) -> Any:  # fmt: skip
        index = types.int64
        signature = types.void(x, y, index, index, index, index, twiddles, index)

        def emit(context: Any, builder: ir.IRBuilder, _: Any, args: Any) -> Value:
            vectors = Vectors(builder, lanes)
            add, mul = builder.add, builder.mul
            arrays = [
                context.make_array(kind)(context, builder, args[place])
                for kind, place in ((x, 0), (y, 1), (twiddles, 6))
            ]
            x_data, y_data, w_data = (array.data for array in arrays)
            length, total = (
                builder.extract_value(array.shape, 1) for array in (arrays[0], arrays[2])
            )
            source, step, target, stride, column = (args[i] for i in (2, 3, 4, 5, 7))

            z: list[Complex | None] = [None] * radix
            for leg in range(radix // 2 if first else radix):
                place = add(source, mul(step, _int(leg)))
                z[leg] = vectors.load(x_data, place), vectors.load(x_data, add(place, length))
            done = vectors.transform(z)
            if radix == 8:
                read = vectors.load if first else vectors.repeat
                for power in range(1, radix):
                    rows = (mul(total, _int(2 * power - 2 + part)) for part in (0, 1))
                    real, imag = (read(w_data, add(column, row)) for row in rows)
                    done[power] = vectors.times(done[power], (real, imag))
            for part in (0, 1):
                out = [value[part] for value in done]
                if first:
                    out = vectors.interleave(out)
                for number, vector in enumerate(out):
                    apart = _int(number * lanes) if first else mul(stride, _int(number))
                    place = add(target, apart)
                    vectors.store(vector, y_data, add(place, length) if part else place)
            return context.get_dummy_value()

        return signature, emit

    return vector_of_butterflies


def dot(lanes: int) -> Any:
    """Make ``(a, i, b, j)``: the sum of ``lanes`` products of ``a[i]`` on and ``b[j]`` on."""

    @intrinsic
    def sum_of_products(typing: Any, a: Any, i: Any, b: Any, j: Any) -> Any:
        signature = types.float32(a, types.int64, b, types.int64)

        def emit(context: Any, builder: ir.IRBuilder, _: Any, args: Any) -> Value:
            vectors = Vectors(builder, lanes)
            left = vectors.load(_data(context, builder, a, args[0]), args[1])
            right = vectors.load(_data(context, builder, b, args[2]), args[3])
            return vectors.sum(builder.fmul(left, right))

        return signature, emit

    return sum_of_products


@intrinsic
def _bits_of(typing: Any, value: Any) -> Any:
    """Return the bits of a float32 as an int32."""
    signature = types.int32(types.float32)
    return signature, lambda context, builder, _, args: builder.bitcast(args[0], INT32)


@intrinsic
def _float_of(typing: Any, bits: Any) -> Any:
    """Return the float32 that an int32 holds the bits of."""
    signature = types.float32(types.int32)
    return signature, lambda context, builder, _, args: builder.bitcast(args[0], FLOAT)


bits_of: Any = _bits_of
float_of: Any = _float_of
