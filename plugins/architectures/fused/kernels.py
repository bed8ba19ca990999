"""A layer of a simple RNN or a GRU over all steps, forward and backward.

As in the LSTM's kernels, row `starts[t] + b` is step t of sequence b, and each call does the
sequences from `first` to `last`. Here all have all steps.
"""

import numpy as np
from numba import njit

from seqbench_plugins.architectures.fused.cells import GATED, inputs_apart, step, step_back
from seqbench_plugins.architectures.lstm.cached import cached
from seqbench_plugins.architectures.lstm.kernels import (
    FULL,
    SPAN,
    add_by_weights,
    gather,
    rows_of,
    scatter,
)
from seqbench_plugins.architectures.lstm.panels import aligned, unfilled
from seqbench_plugins.architectures.lstm.products import make_room
from seqbench_plugins.architectures.lstm.simd import bare
from seqbench_plugins.architectures.lstm.tile import multiply_panels


@cached(__package__, nogil=True)
def forward(kind, x, starts, h0, wx, wh, bias, gates, y, first, last, keep):
    """Write y (rows, units) and, with `keep`, a GRU's gates (rows, 4 units) for `backward`."""
    together = max(1, FULL // len(h0)) if last - first == len(h0) else 1  # see the LSTM's
    ahead = unfilled(1, together * len(h0), bias.shape[1], bias.dtype)[0]
    weights = wx, wh
    all_steps(kind, x, starts, h0, weights, bias, gates, y, (first, last), keep, together, ahead)


@njit
def all_steps(kind, x, starts, h0, weights, bias, gates, y, share, keep, together, ahead):
    """The work of `forward`, in memory that it holds."""
    x, starts, h0, bias, y = bare(x), bare(starts), bare(h0), bare(bias), bare(y)
    wx, wh, gates, ahead = bare(weights[0]), bare(weights[1]), bare(gates), bare(ahead)
    first, last = share
    steps, base = len(starts) - 1, 0
    for t in range(steps):
        row, n = rows_of(starts, t, first, last)
        if t % together == 0:
            base = row
            end = row + n if together == 1 else starts[min(t + together, steps)]
            multiply_panels(ahead[: end - base], bias, x[row:end], wx, bias.shape[1])
            if kind == GATED:
                inputs_apart(ahead[: end - base], bias)
        sums = ahead[row - base : row - base + n]
        before = h0[first:last]
        if t > 0:
            before = y[row - len(h0) : row - len(h0) + n]
        multiply_panels(sums, sums, before, wh, bias.shape[1], t % 2 == 1)
        rows = slice(row, row + n)
        step(kind, sums, before, gates[rows], y[rows], keep)


@cached(__package__, nogil=True)
def backward(kind, x, starts, h0, y, gates, dy, dh, wh, wx, dx, dw, first, last):
    """Gradients, for the sequences first to last.

    dh (n, units up to whole panels) is brought from the last step's to that by h0; dx (rows, d) is
    written, unless wx has no panels; dw (panels of sums, H + d + 1, 4 vectors) is added to: by the
    recurrent weights, by those of the inputs, and by the bias.
    """
    batch = last - first
    most = max(1, SPAN // batch)  # steps at once
    dsums = unfilled(1, most * batch, len(dw) * dw.shape[2], dw.dtype)[0]
    operands = aligned(1, len(dsums), dw.shape[1] - 1, dw.dtype)[0]
    dinputs = unfilled(1, len(dsums), len(wx) * dw.shape[2], dw.dtype)[0]
    ones, nothing = np.ones((len(dsums), 1), dw.dtype), np.zeros((1, dinputs.shape[1]), dw.dtype)
    inputs, grads = (x, starts, h0, y, gates, wh, wx), (dy, dh, dx, dw)
    made = (dsums, operands, dinputs, ones, nothing)
    room = make_room(operands, 0, 0, 0)  # nothing is taken apart here
    end = len(starts) - 1
    while end > 0:
        span = (max(0, end - most), end)
        some_steps(kind, inputs, grads, made, room, span, (first, last))
        end = span[0]


@njit
def some_steps(kind, inputs, grads, made, room, span, share):
    """The work of `backward` on the steps of a span, in memory that it holds."""
    x, starts, h0, y = bare(inputs[0]), bare(inputs[1]), bare(inputs[2]), bare(inputs[3])
    gates, wh, wx = bare(inputs[4]), bare(inputs[5]), bare(inputs[6])
    dy, dh, dx, dw = bare(grads[0]), bare(grads[1]), bare(grads[2]), bare(grads[3])
    dsums, operands, dinputs = bare(made[0]), bare(made[1]), bare(made[2])
    ones, nothing = bare(made[3]), bare(made[4])
    first, last = share
    batch, units = last - first, dw.shape[1] - 1 - x.shape[1]
    n = gather(operands, starts, x, y, h0, units, span, first, last)
    for t in range(span[1] - 1, span[0] - 1, -1):
        row, _ = rows_of(starts, t, first, last)
        at = (t - span[0]) * batch
        here, rows, mine = slice(at, at + batch), slice(row, row + batch), slice(first, last)
        before = h0[mine]
        if t > 0:
            before = y[row - len(h0) : row - len(h0) + batch]
        step_back(kind, gates[rows], before, y[rows], dy[rows], dh[mine], dsums[here])
        multiply_panels(dh[mine], dh[mine], dsums[here], wh, units)
    add_by_weights(dw, operands, ones, n, dsums, operands[:0], room)
    if len(wx) > 0:
        multiply_panels(dinputs[:n], nothing, dsums[:n], wx, x.shape[1])
        scatter(dx, starts, dinputs, span, first, last)
