"""What a step of an LSTM does to its units, forward and backward.

A row of gates, or of the sums that they are made from, holds, for each vector of units, four
vectors side by side: input gate, forget gate, candidate and output gate, which is torch's order.
"""

import math

from numba import njit, types
from numba.extending import intrinsic

from seqbench_plugins.architectures.lstm.simd import clip, lanes, load, power_of_two, store

LN2 = math.log(2.0)
OVER = tuple(1 / math.factorial(k) for k in range(14))
LARGEST = 80.0  # 1 / (1 + e**80) is as good as nothing, and e**80 still a float32


@intrinsic
def single(typing, vector):
    """Whether these are float32; known when compiling."""
    answer = vector.dtype == types.float32
    return types.boolean(vector), lambda context, *_: context.get_constant(types.boolean, answer)


@njit
def high_terms(r):
    """The terms of expm1's series that float64 needs beyond float32."""
    series = r * OVER[13] + OVER[12]
    for k in (11, 10, 9, 8, 7, 6):
        series = series * r + OVER[k]
    return series


@njit
def expm1(x):
    """e**x - 1 for |x| <= LARGEST, to a few last bits, near zero too.

    x = n ln 2 + r with n whole, and e**r - 1 is its Taylor series. As |r| <= 0.35, the first
    term left out, r**8 / 8! or r**14 / 14!, is below half a last bit.
    """
    magic = 1.5 * 2.0**23 if single(x) else 1.5 * 2.0**52
    shifted = x * (1 / LN2) + magic  # so large a number that its last bit counts ones
    n = shifted - magic
    r = x - n * LN2
    series = r * OVER[7] + OVER[6] if single(x) else high_terms(r)
    series = series * r + OVER[5]
    series = series * r + OVER[4]
    series = series * r + OVER[3]
    series = series * r + OVER[2]
    series = series * r * r + r
    power = power_of_two(shifted)
    return power * series + (power - 1.0)


@njit
def tanh(x):
    """The hyperbolic tangent, of a vector."""
    e = expm1(clip(x + x, LARGEST))
    return e / (e + 2.0)


@njit
def sigmoid(x):
    """1 / (1 + e**-x), of a vector."""
    return 1.0 / (expm1(clip(0.0 - x, LARGEST)) + 2.0)


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
