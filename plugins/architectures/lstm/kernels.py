"""The LSTM layer over all steps, forward and backward.

Sequences are sorted by length, the longest first, and stand step after step as torch packs them:
row starts[t] + b is step t of sequence b, and starts[t + 1] - starts[t] sequences have a step t.
Each call does the sequences from `first` to `last`, so that threads can share the batch.
"""

import numpy as np
from numba import njit

from seqbench_plugins.architectures.lstm import amx
from seqbench_plugins.architectures.lstm.cached import cached
from seqbench_plugins.architectures.lstm.gates import step, step_back
from seqbench_plugins.architectures.lstm.panels import aligned, unfilled
from seqbench_plugins.architectures.lstm.products import (
    FEW,
    add_turned,
    bare_room,
    make_room,
    product,
    take_apart,
    turn_apart,
)
from seqbench_plugins.architectures.lstm.simd import bare
from seqbench_plugins.architectures.lstm.thirds import (
    DEEP,
    blocks_of,
    room_for_left,
    room_for_right,
)
from seqbench_plugins.architectures.lstm.tile import multiply

FULL = 24  # rows that keep a product busy; see `together`
AHEAD = 256  # the same of the unit where it has nothing else to do: it is slow to wake
SPAN = 128  # rows a backward pass works on at once: a panel of their gradients fits an L1 cache


@njit
def rows_of(starts, t, first, last):
    """Where step t of the sequences first to last begins, and how many of them have it."""
    row = starts[t] + first
    return row, max(0, min(starts[t] + last, starts[t + 1]) - row)


@cached(nogil=True)
def forward(x, starts, h0, state, weights, parts, bias, gates, cells, y, first, last, keep):
    """Write y (rows, units), and bring state (n, units) from the first cells to the last.

    `weights` and `parts` are of the inputs and of the state: see products.py. With `keep`,
    gates (rows, 4 units) and cells (rows, units) are left for `backward`.
    """
    # The inputs' share of the sums waits for no step. In a small batch it is taken for several
    # steps at once, as a tile of few rows is slow; not where other threads have a part of it.
    unit, together = len(parts[0]) > 0, 1
    if last - first == len(state) < FULL:
        together = (AHEAD if unit and len(state) < FEW else FULL) // len(state)
    ahead = unfilled(1, together * len(state), bias.shape[1], bias.dtype)[0]
    deep = max(x.shape[1], h0.shape[1]) if unit else 0
    room = make_room(bias, room_for_left(len(ahead), deep), 0, 0)
    inputs = (x, starts, h0, weights, parts, bias)
    if unit:
        amx.begin(amx.SIDE)
    all_steps(inputs, state, gates, cells, y, (first, last), keep, together, ahead, room)
    if unit:
        amx.end()


@njit
def all_steps(inputs, state, gates, cells, y, share, keep, together, ahead, room):
    """The work of `forward`, in memory that it holds."""
    x, starts, h0, weights, parts, bias = inputs
    x, starts, h0, bias, state = bare(x), bare(starts), bare(h0), bare(bias), bare(state)
    gates, cells, y, ahead = bare(gates), bare(cells), bare(y), bare(ahead)
    wx, wh, wx3, wh3 = bare(weights[0]), bare(weights[1]), bare(parts[0]), bare(parts[1])
    room = bare_room(room)
    first, last = share
    steps, base = len(starts) - 1, 0
    for t in range(steps):
        row, n = rows_of(starts, t, first, last)
        if n == 0:
            break  # as in all later steps
        if t % together == 0:
            base = row
            end = row + n if together == 1 else starts[min(t + together, steps)]
            some = x[row:end]
            apart = take_apart(some, x.shape[1], wx3, room, FEW)
            product(ahead[: end - base], bias, some, wx, wx3, bias.shape[1], room, apart, False)
        sums = ahead[row - base : row - base + n]
        h = h0[first : first + n]
        if t > 0:
            h = y[starts[t - 1] + first : starts[t - 1] + first + n]
        apart = take_apart(h, h0.shape[1], wh3, room, starts[t + 1] - starts[t])
        # To and fro, as what was read last is in the nearest cache.
        product(sums, sums, h, wh, wh3, bias.shape[1], room, apart, t % 2 == 1)
        rows = slice(row, row + n)
        step(sums, state[first : first + n], gates[rows], cells[rows], y[rows], keep)


@njit
def gather(operands, starts, x, y, h0, units, span, first, last):
    """Rows [h before the step, x] of the steps in `span`; returns how many."""
    n = 0
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


@njit
def add_by_weights(dw, operands, ones, n, dsums, parts, room):
    """Add to the gradient by weights and bias, panel by panel, what n rows have of it."""
    apart = turn_apart(operands, n, parts, room)
    width, bias = dw.shape[2], dw.shape[1] - 1
    for p in range(len(dw)):
        some = dsums[:n, p * width : (p + 1) * width]
        add_turned(dw[p, :bias], operands, n, some, room, apart)
        multiply(dw[p, bias:], dw[p, bias:], ones[:n].T, some)


@cached(nogil=True)
def backward(x, starts, h0, c0, y, cells, gates, dy, dh, dc, weights, parts, dx, dw, first, last):
    """Gradients, for the sequences first to last.

    `weights` and `parts` are as in `forward`. dc (n, units) and dh (n, units up to whole panels)
    are brought from the last step's to those by c0 and h0; dx (rows, d) is written, unless wx has
    no panels; dw (panels of units, at least H + d + 1, 4 vectors) is added to: by the recurrent
    weights, by those of the inputs and, in its last rows, by the bias. Where there are parts the
    other rows make whole tiles.
    """
    most = max(1, SPAN // (last - first))  # steps at once
    dgates = unfilled(1, most * (last - first), gates.shape[1], gates.dtype)[0]
    operands = aligned(1, blocks_of(len(dgates)) * DEEP, dw.shape[1] - 1, gates.dtype)[0]
    dinputs = unfilled(1, len(dgates), len(weights[0]) * dw.shape[2], gates.dtype)[0]
    unit = len(parts[1]) > 0
    left = room_for_left(len(dgates), dgates.shape[1]) if unit else 0
    right = room_for_right(len(operands)) if unit else 0
    turned = room_for_left(operands.shape[1], len(operands)) if unit else 0
    room = make_room(gates, left, right, turned)
    inputs, saved = (x, starts, h0, c0, weights, parts), (y, cells, gates)
    nothing = np.zeros((1, max(dh.shape[1], dinputs.shape[1])), dw.dtype)
    made = (dgates, operands, dinputs, nothing, np.ones((len(dgates), 1), dw.dtype))
    if unit:
        amx.begin(amx.SIDE)
    end = len(starts) - 1
    while end > 0:
        span = (max(0, end - most), end)
        some_steps(inputs, saved, (dy, dh, dc, dx, dw), made, room, span, (first, last))
        end = span[0]
    if unit:
        amx.end()


@njit
def some_steps(inputs, saved, grads, made, room, span, share):
    """The work of `backward` on the steps of a span, in memory that it holds."""
    x, starts, h0, c0 = bare(inputs[0]), bare(inputs[1]), bare(inputs[2]), bare(inputs[3])
    wx, wh, wx3, wh3 = (
        bare(inputs[4][0]),
        bare(inputs[4][1]),
        bare(inputs[5][0]),
        bare(inputs[5][1]),
    )
    y, cells, gates = bare(saved[0]), bare(saved[1]), bare(saved[2])
    dy, dh, dc, dx = bare(grads[0]), bare(grads[1]), bare(grads[2]), bare(grads[3])
    dw, ones, room = bare(grads[4]), bare(made[4]), bare_room(room)
    dgates, operands, dinputs, nothing = bare(made[0]), bare(made[1]), bare(made[2]), bare(made[3])
    first, last = share
    by_step = len(wh3) > 0 and len(h0) >= FEW  # what is taken apart serves both products
    n = gather(operands, starts, x, y, h0, h0.shape[1], span, first, last)
    at = n
    for t in range(span[1] - 1, span[0] - 1, -1):
        row, count = rows_of(starts, t, first, last)
        at -= count
        here, rows = slice(at, at + count), slice(row, row + count)
        mine, before = slice(first, first + count), c0[first : first + count]
        if t > 0:
            before = cells[starts[t - 1] + first : starts[t - 1] + first + count]
        step_back(gates[rows], before, cells[rows], dy[rows], dh[mine], dc[mine], dgates[here])
        many = starts[t + 1] - starts[t]
        apart = take_apart(dgates[here], dgates.shape[1], wh3, room, many)
        product(dh[mine], nothing, dgates[here], wh, wh3, h0.shape[1], room, apart, False)
        if by_step and len(wx) > 0:
            product(dinputs[here], nothing, dgates[here], wx, wx3, x.shape[1], room, apart, False)
    add_by_weights(dw, operands, ones, n, dgates, wh3, room)
    if len(wx) > 0:
        if not by_step:
            apart = take_apart(dgates[:n], dgates.shape[1], wx3, room, FEW)
            product(dinputs[:n], nothing, dgates[:n], wx, wx3, x.shape[1], room, apart, False)
        scatter(dx, starts, dinputs, span, first, last)
