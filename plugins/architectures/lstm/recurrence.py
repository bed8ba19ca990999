"""One layer's recurrence over NumPy arrays: what stands around the kernels.

Sequences are sorted by length, and stand step after step: see kernels.py. `counts` is how many
sequences have each step; None where all have all.
"""

from collections.abc import Sequence

import numpy as np

from seqbench_plugins.architectures.lstm import kernels
from seqbench_plugins.architectures.lstm.panels import (
    backward_panels,
    forward_panels,
    from_blocks,
)
from seqbench_plugins.architectures.lstm.simd import REGISTER
from seqbench_plugins.architectures.lstm.threads import on_threads

SHARE = 4  # sequences that are worth a thread: fewer make tiles that are too slow

Arrays = tuple[np.ndarray, ...]


def run(counts: np.ndarray | None, args: Sequence[np.ndarray], keep: bool) -> Arrays:
    """y and the last h and c, and the cells and gates, which are empty but with `keep`.

    `args` are x (rows, d), h0 and c0 (n, H), and torch's four weights of the layer.
    """
    x, h0, c0, w_ih, w_hh, b_ih, b_hh = map(np.ascontiguousarray, args)
    batch, units = h0.shape
    rows, full = len(x), filled(units, x.itemsize)
    starts = row_starts(counts, rows, batch)
    # NumPy's, not torch's: NumPy asks the system for huge pages, and the first touch of 64 MB
    # of fresh memory then takes a fifth of the time.
    y = np.empty((rows, full), x.dtype)
    cells = np.empty((rows if keep else 0, full), x.dtype)
    gates = np.empty((len(cells), 4 * full), x.dtype)
    state = fill_up(c0, full).copy()
    wx, wh = forward_panels(w_ih), forward_panels(w_hh)
    bias = forward_panels((b_ih + b_hh)[:, None]).reshape(1, -1)

    def share(first: int, last: int) -> None:
        kernels.forward(x, starts, h0, state, wx, wh, bias, gates, cells, y, first, last, keep)

    on_threads(share, batch, SHARE)
    if keep and units < full:
        empty(cells, gates, units)
    y = np.ascontiguousarray(y[:, :units])
    return y, y[last_rows(starts)].copy(), state[:, :units].copy(), cells, gates


def run_back(
    by: Sequence[np.ndarray | None],
    counts: np.ndarray | None,
    saved: Sequence[np.ndarray],
    wants_dx: bool,
) -> Arrays:
    """The gradients by x, h0, c0, w_ih, w_hh and the bias, from those by y, h and c.

    Those that are None are zero. Where x's is not wanted it has no rows.
    """
    x, h0, c0, w_ih, w_hh, y, cells, gates = map(np.ascontiguousarray, saved)
    batch, units = h0.shape
    full, starts = cells.shape[1], row_starts(counts, len(x), batch)
    wh = backward_panels(w_hh)
    wx = backward_panels(w_ih if wants_dx else np.empty((4 * units, 0), x.dtype))
    shapes = (len(x), full), (batch, len(wh) * wh.shape[2]), (batch, full)
    dy, dh, dc = (
        np.zeros(shape, x.dtype) if it is None else fill_up(it, shape[1])
        for it, shape in zip(by, shapes, strict=True)
    )
    dh, dc = dh.copy(), dc.copy()  # they are brought from step to step in place
    dx = np.empty((len(x) if wants_dx else 0, x.shape[1]), x.dtype)
    c0 = fill_up(c0, full)
    parts = []

    def share(first: int, last: int) -> None:
        args = (x, starts, h0, c0, y, cells, gates, dy, dh, dc, wh, wx, dx)
        dw = np.zeros((units + x.shape[1] + 1, 4 * full), x.dtype)
        parts.append((first, dw))
        kernels.backward(*args, dw, first, last)

    on_threads(share, batch, SHARE)
    dw = sum(part for _, part in sorted(parts, key=lambda it: it[0]))
    by_weights = from_blocks(dw, units)  # (4 H, H + d + 1)
    by_hh, by_ih, bias = np.split(by_weights, [units, units + x.shape[1]], axis=1)
    grads = dx, dh[:, :units], dc[:, :units], by_ih, by_hh, bias[:, 0]
    return tuple(map(np.ascontiguousarray, grads))  # of arrays that nobody else has


def empty(cells: np.ndarray, gates: np.ndarray, units: int) -> None:
    """Of what units that only fill vectors up did; gates stand as in gates.py.

    Where an input is infinite they are NaN, infinity times their weight of zero, and would make
    all gradients NaN.
    """
    cells[:, units:] = 0
    empty_gates(gates, units)


def empty_gates(gates: np.ndarray, units: int) -> None:
    """Of gates alone."""
    lanes = REGISTER // gates.itemsize
    gates.reshape(len(gates), -1, 4, lanes)[:, -1, :, units % lanes :] = 0


def row_starts(counts: np.ndarray | None, rows: int, batch: int) -> np.ndarray:
    """Where each step's rows begin, and where the last one's end."""
    if counts is None:
        return np.arange(0, rows + 1, batch)
    return np.concatenate([[0], np.cumsum(counts)])


def last_rows(starts: np.ndarray) -> slice | np.ndarray:
    """The row of each sequence's last step."""
    counts = np.diff(starts)
    batch = int(counts[0])
    if counts[-1] == batch:
        return slice(-batch, None)
    lengths = (counts[:, None] > np.arange(batch)).sum(0)
    return starts[lengths - 1] + np.arange(batch)


def filled(units: int, itemsize: int) -> int:
    """Units up to whole vectors."""
    lanes = REGISTER // itemsize
    return -(-units // lanes) * lanes


def fill_up(array: np.ndarray, width: int) -> np.ndarray:
    """(n, width), with zeros at the right where the array has fewer columns."""
    if array.shape[1] == width:
        return np.ascontiguousarray(array)
    wider = np.zeros((len(array), width), array.dtype)
    wider[:, : array.shape[1]] = array
    return wider
