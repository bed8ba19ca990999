"""What a step of a simple RNN and of a GRU does to its units, forward and backward.

An RNN's row of sums has a number a unit. A GRU's holds, for each vector of units, four vectors side
by side: reset gate, update gate, what the candidate has from the inputs, and what it has from the
state, which the reset gate scales (Cho et al., 2014, in the form of cuDNN and torch).
"""

from numba import njit
from numba.extending import intrinsic

from seqbench_plugins.architectures.lstm.gates import sigmoid, tanh
from seqbench_plugins.architectures.lstm.simd import lanes, load, splat, store

TANH, RELU, GATED = 0, 1, 2  # kinds of cell


@intrinsic
def rectified(typing, vector):
    """Each number, or 0 where it is below that; a NaN stays one."""

    def emit(context, builder, sig, args):
        nothing = splat(builder, vector, context.get_constant(vector.dtype, 0.0))
        return builder.select(builder.fcmp_ordered("<", args[0], nothing), nothing, args[0])

    return vector(vector), emit


@intrinsic
def where_positive(typing, vector, other):
    """The numbers of `vector` where those of `other` are above 0 or NaN; 0 elsewhere."""

    def emit(context, builder, sig, args):
        nothing = splat(builder, vector, context.get_constant(vector.dtype, 0.0))
        return builder.select(builder.fcmp_unordered(">", args[1], nothing), args[0], nothing)

    return vector(vector, vector), emit


@intrinsic
def zeros_like(typing, vector):
    """Zeros, whatever the vector holds."""

    def emit(context, builder, sig, args):
        return splat(builder, vector, context.get_constant(vector.dtype, 0.0))

    return vector(vector), emit


@njit
def step(kind, sums, before, gates, h, keep):
    """From sums to outputs `h`; with `keep`, a GRU leaves its gates, laid out as the sums are."""
    lane = lanes(sums)
    for row in range(len(sums)):
        for unit in range(0, h.shape[1], lane):
            if kind == TANH:
                store(h, row, unit, tanh(load(sums, row, unit)))
            elif kind == RELU:
                store(h, row, unit, rectified(load(sums, row, unit)))
            else:
                at = 4 * unit
                reset = sigmoid(load(sums, row, at))
                update = sigmoid(load(sums, row, at + lane))
                from_state = load(sums, row, at + 3 * lane)
                new = tanh(load(sums, row, at + 2 * lane) + reset * from_state)
                old = load(before, row, unit)
                store(h, row, unit, (1.0 - update) * new + update * old)
                if keep:
                    store(gates, row, at, reset)
                    store(gates, row, at + lane, update)
                    store(gates, row, at + 2 * lane, new)
                    store(gates, row, at + 3 * lane, from_state)


@njit
def inputs_apart(sums, bias):
    """Let the fourth of a GRU's sums know nothing of the inputs: infinity times 0 is NaN."""
    lane = lanes(sums)
    for row in range(len(sums)):
        for at in range(3 * lane, bias.shape[1], 4 * lane):
            store(sums, row, at, load(bias, 0, at))


@njit
def step_back(kind, gates, before, h, dy, dh, dsums):
    """The gradient by the sums of one step, and `dh` brought past what is no product.

    `dy` and `dh` are the two parts of the gradient by its outputs `h`: from outside, and from the
    step after it; `before` are the outputs of the step before.
    """
    lane = lanes(dsums)
    for row in range(len(dsums)):
        for unit in range(0, h.shape[1], lane):
            by_h = load(dh, row, unit) + load(dy, row, unit)
            if kind == TANH:
                y = load(h, row, unit)
                store(dsums, row, unit, by_h * (1.0 - y * y))
                store(dh, row, unit, zeros_like(by_h))
            elif kind == RELU:
                store(dsums, row, unit, where_positive(by_h, load(h, row, unit)))
                store(dh, row, unit, zeros_like(by_h))
            else:
                at = 4 * unit
                reset = load(gates, row, at)
                update = load(gates, row, at + lane)
                new = load(gates, row, at + 2 * lane)
                by_new = by_h * (1.0 - update) * (1.0 - new * new)
                by_update = by_h * (load(before, row, unit) - new) * update * (1.0 - update)
                by_reset = by_new * load(gates, row, at + 3 * lane) * reset * (1.0 - reset)
                store(dsums, row, at, by_reset)
                store(dsums, row, at + lane, by_update)
                store(dsums, row, at + 2 * lane, by_new)
                store(dsums, row, at + 3 * lane, by_new * reset)
                store(dh, row, unit, by_h * update)
