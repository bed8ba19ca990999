"""What a step of an LSTM does to its units, forward and backward.

A row of gates, or of the sums that they are made from, holds, for each vector of units, four
vectors side by side: input gate, forget gate, candidate and output gate, which is torch's order.
"""

import math

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from seqbench_plugins.architectures.lstm.simd import (
    FEATURES,
    FUSE,
    clip,
    lanes,
    load,
    power_of_two,
    splat,
    store,
)

LN2 = math.log(2.0)
OVER = tuple(1 / math.factorial(k) for k in range(14))
LARGEST = 80.0  # 1 / (1 + e**80) is as good as nothing, and e**80 still a float32


@intrinsic
def single(typing, vector):
    """Whether these are float32; known when compiling."""
    answer = vector.dtype == types.float32
    return types.boolean(vector), lambda context, *_: context.get_constant(types.boolean, answer)


@intrinsic
def inverse(typing, vector):
    """1 / x for a finite x, to a last bit or two.

    Where the processor has an estimate, to 14 bits, a step of Newton's is faster than to divide.
    """

    def emit(context, builder, sig, args):
        (x,) = args
        one = splat(builder, vector, context.get_constant(vector.dtype, 1.0))
        if "+avx512f" not in FEATURES or vector.dtype != types.float32:
            return builder.fdiv(one, x)
        mask = ir.Constant(ir.IntType(16), 0xFFFF)
        kind = ir.FunctionType(x.type, [x.type, x.type, mask.type])
        name = "llvm.x86.avx512.rcp14.ps.512"
        estimate = cgutils.get_or_insert_function(builder.module, kind, name)
        near = builder.call(estimate, [x, x, mask])
        off = builder.fsub(one, builder.fmul(x, near, flags=FUSE), flags=FUSE)
        return builder.fadd(near, builder.fmul(near, off, flags=FUSE), flags=FUSE)

    return vector(vector), emit


@njit
def whole_of(x):
    """x / ln 2 rounded, as a whole number, and as one whose last bits are that."""
    magic = 1.5 * 2.0**23 if single(x) else 1.5 * 2.0**52
    shifted = x * (1 / LN2) + magic  # so large a number that its last bit counts ones
    return shifted - magic, shifted


@njit
def series_of(r, sign):
    """The Taylor series of (e**(sign r) - 1 - sign r) / r**2 for |r| <= 0.35.

    The first term left out, r**8 / 8! or r**14 / 14!, is below half a last bit of e**r.
    """
    if single(r):
        series = r * (sign * OVER[7]) + OVER[6]
    else:
        series = r * (sign * OVER[13]) + OVER[12]
        for k in (11, 9, 7):
            series = series * r + sign * OVER[k]
            series = series * r + OVER[k - 1]
    series = series * r + sign * OVER[5]
    series = series * r + OVER[4]
    series = series * r + sign * OVER[3]
    return series * r + OVER[2]


@njit
def tanh(x):
    """The hyperbolic tangent, of a vector: e / (e + 2), where e is e**(2 x) - 1.

    2 x = n ln 2 + r with n whole; e is to a few last bits, near zero too.
    """
    x = clip(x + x, LARGEST)
    n, shifted = whole_of(x)
    r = x - n * LN2
    series, power = series_of(r, 1.0) * r * r + r, power_of_two(shifted)
    e = power * series + (power - 1.0)
    return e * inverse(e + 2.0)


@njit
def sigmoid(x):
    """1 / (1 + e**-x), of a vector, where -x = n ln 2 - r with n whole."""
    x = clip(x, LARGEST)
    n, shifted = whole_of(x * -1.0)
    r = n * LN2 + x
    series = (series_of(r, -1.0) * r - 1.0) * r + 1.0
    return inverse(power_of_two(shifted) * series + 1.0)


@njit
def step(sums, state, gates, cells, h, keep):
    """From sums to gates, and on to the cells and the outputs; a row a sequence.

    `state` (n, units) holds the cells and is brought forward, `h` (n, units) is written, and so
    are, where a backward pass is to come, `gates`, laid out as the sums are, and `cells`
    (n, units). The sums are spoilt.
    """
    lane = lanes(sums)
    for row in range(len(sums)):
        for unit in range(0, state.shape[1], lane):
            at = 4 * unit
            i = sigmoid(load(sums, row, at))
            f = sigmoid(load(sums, row, at + lane))
            g = tanh(load(sums, row, at + 2 * lane))
            o = sigmoid(load(sums, row, at + 3 * lane))
            c = f * load(state, row, unit) + i * g
            store(state, row, unit, c)
            store(sums, row, at + 3 * lane, o)
            if keep:
                store(cells, row, unit, c)
                store(gates, row, at, i)
                store(gates, row, at + lane, f)
                store(gates, row, at + 2 * lane, g)
                store(gates, row, at + 3 * lane, o)
    # Apart, as it waits long for a cell and the processor does not look far ahead.
    for row in range(len(sums)):
        for unit in range(0, state.shape[1], lane):
            o = load(sums, row, 4 * unit + 3 * lane)
            store(h, row, unit, o * tanh(load(state, row, unit)))


@njit
def step_back(gates, before, cells, dy, dh, dc, dgates):
    """The gradient by the sums of one step, `dgates`, and `dc` brought to the step before.

    `before` and `cells` (n, units) are the cells before and after the step; `dy` and `dh` are the
    two parts of the gradient by its outputs: from outside, and from the step after it.
    """
    lane = lanes(gates)
    for row in range(len(gates)):
        for unit in range(0, dc.shape[1], lane):
            at = 4 * unit
            i = load(gates, row, at)
            f = load(gates, row, at + lane)
            g = load(gates, row, at + 2 * lane)
            o = load(gates, row, at + 3 * lane)
            squashed = tanh(load(cells, row, unit))
            by_h = load(dh, row, unit) + load(dy, row, unit)
            by_c = by_h * o * (1.0 - squashed * squashed) + load(dc, row, unit)
            store(dc, row, unit, by_c * f)
            store(dgates, row, at, by_c * g * i * (1.0 - i))
            store(dgates, row, at + lane, by_c * load(before, row, unit) * f * (1.0 - f))
            store(dgates, row, at + 2 * lane, by_c * i * (1.0 - g * g))
            store(dgates, row, at + 3 * lane, by_h * squashed * o * (1.0 - o))
