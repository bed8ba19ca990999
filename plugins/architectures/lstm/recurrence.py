"""One layer's recurrence over NumPy arrays: what stands around the kernels.

Sequences are sorted by length, and stand step after step: see kernels.py. `counts` is how many
sequences have each step; None where all have all.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from seqbench_plugins.architectures.lstm import kernels
from seqbench_plugins.architectures.lstm.amx import SIDE, granted
from seqbench_plugins.architectures.lstm.panels import (
    backward_panels,
    forward_panels,
    from_blocks,
    gradient_panels,
)
from seqbench_plugins.architectures.lstm.products import FEW
from seqbench_plugins.architectures.lstm.simd import REGISTER
from seqbench_plugins.architectures.lstm.thirds import panel_parts, tame
from seqbench_plugins.architectures.lstm.threads import on_threads

SHARE = 4  # sequences that are worth a thread: fewer make tiles that are too slow
GRANTED = granted()

Arrays = tuple[np.ndarray, ...]


def run(counts: np.ndarray | None, args: Sequence[np.ndarray], keep: bool) -> Arrays:
    """y and the last h and c, and the cells and gates, which are empty but with `keep`.

    `args` are x (rows, d), h0 and c0 (n, H), and torch's four weights of the layer.
    """
    if GRANTED and args[0].dtype == np.float32:
        found = attempt(counts, args, keep, True)
        if tame(found[1]):  # what did not come apart has made all later h of its sequence NaN
            return found
    return attempt(counts, args, keep, False)


def attempt(
    counts: np.ndarray | None, args: Sequence[np.ndarray], keep: bool, unit: bool
) -> Arrays:
    """The same, with the processor's matrix unit or without: see thirds.py."""
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
    weights = forward_panels(w_ih), forward_panels(w_hh)
    # In a small batch a step is too little for the unit: it is slow to wake, and slows the others.
    parts = parts_of(weights[0], unit), parts_of(weights[1], unit and batch >= FEW)
    bias = forward_panels((b_ih + b_hh)[:, None]).reshape(1, -1)

    def share(first: int, last: int) -> None:
        args = (x, starts, h0, state, weights, parts, bias, gates, cells, y)
        kernels.forward(*args, first, last, keep)

    on_threads(share, batch, SHARE)
    if keep and units < full:
        empty(cells, gates, units)
    y = np.ascontiguousarray(y[:, :units])
    last = slice(-batch, None) if counts is None else last_rows(starts)
    return y, y[last].copy(), state[:, :units].copy(), cells, gates


def run_back(
    by: Sequence[np.ndarray | None],
    counts: np.ndarray | None,
    saved: Sequence[np.ndarray],
    wants_dx: bool,
) -> Arrays:
    """The gradients by x, h0, c0, w_ih, w_hh and the bias, from those by y, h and c.

    Those that are None are zero. Where x's is not wanted it has no rows.
    """
    w_ih = saved[3]
    if GRANTED and w_ih.dtype == np.float32 and tame(np.ascontiguousarray(w_ih)):
        found = attempt_back(by, counts, saved, wants_dx, True)
        if all(map(tame, (found[1], *found[3:5]))):  # those by h0 and by the weights tell of all
            return found
    return attempt_back(by, counts, saved, wants_dx, False)


def attempt_back(
    by: Sequence[np.ndarray | None],
    counts: np.ndarray | None,
    saved: Sequence[np.ndarray],
    wants_dx: bool,
    unit: bool,
) -> Arrays:
    """The same, with the processor's matrix unit or without."""
    x, h0, c0, w_ih, w_hh, y, cells, gates = map(np.ascontiguousarray, saved)
    batch, units = h0.shape
    full, starts = cells.shape[1], row_starts(counts, len(x), batch)
    w_ih = w_ih if wants_dx else np.empty((4 * units, 0), x.dtype)
    weights = backward_panels(w_ih), backward_panels(w_hh)
    # Of a few sequences the second ones only tell that there is the unit.
    second = weights[1] if batch >= FEW else weights[1][:1, :1]
    parts = parts_of(weights[0], unit), parts_of(second, unit)
    shapes = (len(x), full), (batch, len(weights[1]) * weights[1].shape[2]), (batch, full)
    dy, dh, dc = (
        np.zeros(shape, x.dtype) if it is None else fill_up(it, shape[1])
        for it, shape in zip(by, shapes, strict=True)
    )
    dh, dc = dh.copy(), dc.copy()  # they are brought from step to step in place
    dx = np.empty((len(x) if wants_dx else 0, x.shape[1]), x.dtype)
    c0 = fill_up(c0, full)
    wide = units + x.shape[1]
    deep = whole(wide, SIDE if unit else 1) + 1
    shares: list[tuple[int, np.ndarray]] = []

    def share(first: int, last: int) -> None:
        dw = gradient_panels(4 * full, deep, x)
        shares.append((first, dw))
        args = (x, starts, h0, c0, y, cells, gates, dy, dh, dc, weights, parts, dx, dw)
        kernels.backward(*args, first, last)

    on_threads(share, batch, SHARE)
    shares.sort(key=lambda it: it[0])
    total = reduce(np.add, (dw for _, dw in shares))
    by_hh = from_blocks(total, units, 0, units)
    by_ih = from_blocks(total, units, units, wide - units)
    bias = from_blocks(total, units, deep - 1, 1)[:, 0]
    grads = dx, dh[:, :units], dc[:, :units], by_ih, by_hh, bias
    return tuple(map(np.ascontiguousarray, grads))  # of arrays that nobody else has


def parts_of(panels: np.ndarray, unit: bool) -> np.ndarray:
    """Panels taken apart for the unit, or none of them."""
    parts: np.ndarray = panel_parts(panels) if unit else np.empty((0, SIDE), panels.dtype)
    return parts


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


def last_rows(starts: np.ndarray) -> np.ndarray:
    """The row of each sequence's last step."""
    counts = np.diff(starts)
    sequences = np.arange(counts[0])
    lengths = (counts[:, None] > sequences).sum(0)
    return starts[lengths - 1] + sequences


def filled(units: int, itemsize: int) -> int:
    """Units up to whole vectors."""
    return whole(units, REGISTER // itemsize)


def whole(number: int, size: int) -> int:
    """The least multiple of a size that is as large."""
    return -(-number // size) * size


def fill_up(array: np.ndarray, width: int) -> np.ndarray:
    """(n, width), with zeros at the right where the array has fewer columns."""
    if array.shape[1] == width:
        return np.ascontiguousarray(array)
    wider = np.zeros((len(array), width), array.dtype)
    wider[:, : array.shape[1]] = array
    return wider
