"""The LSTM layer over all steps, forward and backward.

Sequences are sorted by length, the longest first, and stand step after step as torch packs them:
row starts[t] + b is step t of sequence b, and starts[t + 1] - starts[t] sequences have a step t.
Each call does the sequences from `first` to `last`, so that threads can share the batch.
"""

import numpy as np
from numba import njit

from seqbench_plugins.architectures.lstm.cached import cached
from seqbench_plugins.architectures.lstm.gates import step, step_back
from seqbench_plugins.architectures.lstm.panels import aligned
from seqbench_plugins.architectures.lstm.tile import multiply, multiply_panels

FULL = 24  # rows that keep a product busy; see `together`
SPAN = 128  # rows a backward pass works on at once: a panel of their gradients fits an L1 cache


@njit
def rows_of(starts, t, first, last):
    """Where step t of the sequences first to last begins, and how many of them have it."""
    row = starts[t] + first
    return row, max(0, min(starts[t] + last, starts[t + 1]) - row)


@cached(nogil=True)
def forward(x, starts, h0, state, wx, wh, bias, gates, cells, y, first, last, keep):
    """Write y (rows, units), and bring state (n, units) from the first cells to the last.

    With `keep`, gates (rows, 4 units) and cells (rows, units) are left for `backward`.
    """
    # The inputs' share of the sums waits for no step. In a small batch it is taken for several
    # steps at once, as a tile of few rows is slow; not where other threads have a part of it.
    together = max(1, FULL // len(state)) if last - first == len(state) else 1
    room = aligned((1, together * len(state), bias.shape[1]), bias)[0]
    steps, base = len(starts) - 1, 0
    for t in range(steps):
        row, n = rows_of(starts, t, first, last)
        if n == 0:
            break  # as in all later steps
        if t % together == 0:
            base = row
            end = row + n if together == 1 else starts[min(t + together, steps)]
            multiply_panels(room[: end - base], bias, x[row:end], wx, bias.shape[1])
        sums = room[row - base : row - base + n]
        h = h0[first : first + n]
        if t > 0:
            h = y[starts[t - 1] + first : starts[t - 1] + first + n]
        multiply_panels(sums, sums, h, wh, bias.shape[1])
        rows = slice(row, row + n)
        step(sums, state[first : first + n], gates[rows], cells[rows], y[rows], keep)


@njit
def gather(operands, starts, x, y, h0, span, first, last):
    """Rows [h before the step, x, 1] of the steps in `span`; returns how many."""
    units, n = operands.shape[1] - x.shape[1] - 1, 0
    for t in range(span[0], span[1]):
        row, count = rows_of(starts, t, first, last)
        for b in range(count):
            before = h0[first + b]
            if t > 0:
                before = y[starts[t - 1] + first + b]
            for k in range(units):
                operands[n, k] = before[k]
            for k in range(x.shape[1]):
                operands[n, units + k] = x[row + b, k]
            operands[n, units + x.shape[1]] = 1.0
            n += 1
    return n


@njit
def scatter(dx, starts, dinputs, span, first, last):
    """Bring the rows that `gather` counts to their places in dx."""
    n = 0
    for t in range(span[0], span[1]):
        row, count = rows_of(starts, t, first, last)
        for b in range(count):
            for k in range(dx.shape[1]):
                dx[row + b, k] = dinputs[n, k]
            n += 1


@cached(nogil=True)
def backward(x, starts, h0, c0, y, cells, gates, dy, dh, dc, wh, wx, dx, dw, first, last):
    """Gradients, for the sequences first to last.

    dc (n, units) and dh (n, units up to whole panels) are brought from the last step's to those by
    c0 and h0; dx (rows, d) is written, unless wx has no panels; dw (H + d + 1, 4 units) is added
    to: by the recurrent weights, by those of the inputs, and by the bias.
    """
    most = max(1, SPAN // (last - first))  # steps at once
    dgates = aligned((1, most * (last - first), gates.shape[1]), gates)[0]
    operands = np.empty((len(dgates), len(dw)), gates.dtype)
    dinputs = aligned((1, len(dgates), len(wx) * wh.shape[2]), gates)[0]
    nothing = np.zeros((1, max(dh.shape[1], dinputs.shape[1])), gates.dtype)
    end = len(starts) - 1
    while end > 0:
        span = (max(0, end - most), end)
        n = gather(operands, starts, x, y, h0, span, first, last)
        at = n
        for t in range(end - 1, span[0] - 1, -1):
            row, count = rows_of(starts, t, first, last)
            at -= count
            here, rows = slice(at, at + count), slice(row, row + count)
            mine, before = slice(first, first + count), c0[first : first + count]
            if t > 0:
                before = cells[starts[t - 1] + first : starts[t - 1] + first + count]
            step_back(gates[rows], before, cells[rows], dy[rows], dh[mine], dc[mine], dgates[here])
            multiply_panels(dh[mine], nothing, dgates[here], wh, h0.shape[1])
        for p in range(0, dw.shape[1], wh.shape[2]):
            panel = slice(p, p + wh.shape[2])
            multiply(dw[:, panel], dw[:, panel], operands[:n].T, dgates[:n, panel])
        if len(wx) > 0:
            multiply_panels(dinputs[:n], nothing, dgates[:n], wx, x.shape[1])
            scatter(dx, starts, dinputs, span, first, last)
        end = span[0]
