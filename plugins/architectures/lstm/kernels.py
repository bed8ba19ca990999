"""The LSTM layer over all steps, forward and backward.

Sequences are sorted by length, the longest first, and stand step after step as torch packs them:
row starts[t] + b is step t of sequence b, and starts[t + 1] - starts[t] sequences have a step t.
Each call does the sequences from `first` to `last`, so that threads can share the batch.

Numba's cache notices a change of this file, and not of those it imports: after an edit there, save
this file too.
"""

import numpy as np
from numba import njit

from seqbench_plugins.architectures.lstm.gates import step, step_back
from seqbench_plugins.architectures.lstm.simd import lanes, load, store
from seqbench_plugins.architectures.lstm.tile import multiply_add, multiply_add_panels

FULL = 24  # rows that keep a product busy; see `together`
CHUNK = 2**18  # bytes of gradients a backward pass works on at once: half of a usual L2 cache


@njit
def rows_of(starts, t, first, last):
    """Where step t of the sequences first to last begins, and how many of them have it."""
    row = starts[t] + first
    return row, max(0, min(starts[t] + last, starts[t + 1]) - row)


@njit
def add_inputs(gates, x, wx, bias):
    """Gates (n, 4 units) = bias + x @ wx."""
    for row in range(len(gates)):
        for at in range(0, gates.shape[1], lanes(gates)):
            store(gates, row, at, load(bias, 0, at))
    multiply_add_panels(gates, x, wx)


@njit(cache=True, nogil=True)
def forward(x, starts, h0, state, wx, wh, bias, gates, cells, y, first, last, keep):
    """Write y (rows, units), and bring state (n, units) from the first cells to the last.

    With `keep`, gates (rows, 4 units) and cells (rows, units) are left for `backward`; otherwise
    gates is room to work in, of max(n, FULL) rows.
    """
    # The inputs' share of the sums waits for no step. In a small batch it is taken for several
    # steps at once, as a tile of few rows is slow. (A small batch is never dealt to threads.)
    together = max(1, FULL // len(state))
    steps, base = len(starts) - 1, 0
    for t in range(steps):
        row, n = rows_of(starts, t, first, last)
        if n == 0:
            break  # as in all later steps
        if t % together == 0:
            end = row + n if together == 1 else starts[min(t + together, steps)]
            base = 0 if keep else starts[t]
            add_inputs(gates[row - base : end - base], x[row:end], wx, bias)
        here = gates[row - base : row - base + n]
        h = h0[first : first + n]
        if t > 0:
            h = y[starts[t - 1] + first : starts[t - 1] + first + n]
        multiply_add_panels(here, h, wh)
        step(here, state[first : first + n], cells[row : row + n], y[row : row + n], keep)


@njit
def gather(operands, starts, x, y, h0, span, first, last):
    """Rows [h before the step, x, 1] of the steps in `span`; returns how many."""
    units, n = h0.shape[1], 0
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


@njit(cache=True, nogil=True)
def backward(x, starts, h0, c0, y, cells, gates, dy, dh, dc, wh, wx, dx, dw, first, last):
    """Gradients, for the sequences first to last.

    dc (n, units) and dh (n, units up to whole panels) are brought from the last step's to those by
    c0 and h0; dx (rows, d) is written, unless wx has no panels; dw (H + d + 1, 4 units) is added
    to: by the recurrent weights, by those of the inputs, and by the bias.
    """
    width = wh.shape[2]
    most = max(1, CHUNK // gates[0].nbytes // (last - first))  # steps at once
    dgates = np.empty((most * (last - first), gates.shape[1]), gates.dtype)
    operands = np.empty((len(dgates), len(dw)), gates.dtype)
    dinputs = np.empty((len(dgates), len(wx) * width), gates.dtype)
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
            dh[mine] = 0.0
            multiply_add_panels(dh[mine], dgates[here], wh)
        for p in range(0, dw.shape[1], width):
            multiply_add(dw[:, p : p + width], operands[:n].T, dgates[:n, p : p + width])
        if len(wx) > 0:
            dinputs[:n] = 0.0
            multiply_add_panels(dinputs[:n], dgates[:n], wx)
            scatter(dx, starts, dinputs, span, first, last)
        end = span[0]
