"""A layer of a simple RNN or a GRU over all steps, forward and backward.

As in the LSTM's kernels, row `starts[t] + b` is step t of sequence b, and each call does the
sequences from `first` to `last`. Here all have all steps.
"""

import numpy as np

from seqbench_plugins.architectures.fused.cells import GATED, inputs_apart, step, step_back
from seqbench_plugins.architectures.lstm.cached import cached
from seqbench_plugins.architectures.lstm.kernels import FULL, SPAN, gather, rows_of, scatter
from seqbench_plugins.architectures.lstm.panels import aligned
from seqbench_plugins.architectures.lstm.tile import multiply, multiply_panels


@cached(__package__, nogil=True)
def forward(kind, x, starts, h0, wx, wh, bias, gates, y, first, last, keep):
    """Write y (rows, units) and, with `keep`, a GRU's gates (rows, 4 units) for `backward`."""
    together = max(1, FULL // len(h0)) if last - first == len(h0) else 1  # see the LSTM's
    room = aligned((1, together * len(h0), bias.shape[1]), bias)[0]
    steps, base = len(starts) - 1, 0
    for t in range(steps):
        row, n = rows_of(starts, t, first, last)
        if t % together == 0:
            base = row
            end = row + n if together == 1 else starts[min(t + together, steps)]
            multiply_panels(room[: end - base], bias, x[row:end], wx, bias.shape[1])
            if kind == GATED:
                inputs_apart(room[: end - base], bias)
        sums = room[row - base : row - base + n]
        before = h0[first:last]
        if t > 0:
            before = y[row - len(h0) : row - len(h0) + n]
        multiply_panels(sums, sums, before, wh, bias.shape[1])
        rows = slice(row, row + n)
        step(kind, sums, before, gates[rows], y[rows], keep)


@cached(__package__, nogil=True)
def backward(kind, x, starts, h0, y, gates, dy, dh, wh, wx, dx, dw, first, last):
    """Gradients, for the sequences first to last.

    dh (n, units up to whole panels) is brought from the last step's to that by h0; dx (rows, d) is
    written, unless wx has no panels; dw (H + d + 1, sums) is added to: by the recurrent weights, by
    those of the inputs, and by the bias.
    """
    batch = last - first
    most = max(1, SPAN // batch)  # steps at once
    dsums = aligned((1, most * batch, dw.shape[1]), dw)[0]
    operands = np.empty((len(dsums), len(dw)), dw.dtype)
    dinputs = aligned((1, len(dsums), len(wx) * wh.shape[2]), dw)[0]
    nothing = np.zeros((1, dinputs.shape[1]), dw.dtype)
    end = len(starts) - 1
    units = len(dw) - x.shape[1] - 1
    while end > 0:
        span = (max(0, end - most), end)
        n = gather(operands, starts, x, y, h0, span, first, last)
        for t in range(end - 1, span[0] - 1, -1):
            row, _ = rows_of(starts, t, first, last)
            at = (t - span[0]) * batch
            here, rows, mine = slice(at, at + batch), slice(row, row + batch), slice(first, last)
            before = h0[mine]
            if t > 0:
                before = y[row - len(h0) : row - len(h0) + batch]
            step_back(kind, gates[rows], before, y[rows], dy[rows], dh[mine], dsums[here])
            multiply_panels(dh[mine], dh[mine], dsums[here], wh, units)
        for p in range(0, dw.shape[1], wh.shape[2]):
            panel = slice(p, p + wh.shape[2])
            multiply(dw[:, panel], dw[:, panel], operands[:n].T, dsums[:n, panel])
        if len(wx) > 0:
            multiply_panels(dinputs[:n], nothing, dsums[:n], wx, x.shape[1])
            scatter(dx, starts, dinputs, span, first, last)
        end = span[0]
