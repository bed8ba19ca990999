"""One layer's recurrence over NumPy arrays: what stands around the kernels."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from seqbench_plugins.architectures.fused import kernels
from seqbench_plugins.architectures.fused.cells import GATED
from seqbench_plugins.architectures.lstm.panels import (
    backward_panels,
    forward_panels,
    from_blocks,
    gradient_panels,
    plain_panels,
)
from seqbench_plugins.architectures.lstm.recurrence import SHARE, empty_gates, fill_up
from seqbench_plugins.architectures.lstm.simd import REGISTER
from seqbench_plugins.architectures.lstm.threads import on_threads

Arrays = tuple[np.ndarray, ...]


def run(kind: int, args: Sequence[np.ndarray], keep: bool) -> Arrays:
    """All steps: y (rows, H), and for `run_back` y filled up to whole vectors and a GRU's gates.

    `args` are x (rows, d), step after step, h0 (n, H), and torch's four weights of the layer.
    """
    x, h0, w_ih, w_hh, b_ih, b_hh = map(np.ascontiguousarray, args)
    (batch, units), rows, gated = h0.shape, len(x), kind == GATED
    full = filled(kind, units, x.itemsize)
    y = np.empty((rows, full), x.dtype)
    gates = np.empty((rows if keep and gated else 0, 4 * full), x.dtype)
    if gated:
        wx, wh = forward_panels(from_inputs(w_ih)), forward_panels(from_state(w_hh))
        both = from_inputs(b_ih[:, None]) + from_state(b_hh[:, None])
        bias = forward_panels(both).reshape(1, -1)
    else:
        wx, wh = plain_panels(w_ih.T), plain_panels(w_hh.T)
        bias = fill_up((b_ih + b_hh)[None], full)
    starts = np.arange(0, rows + 1, batch)
    wide = fill_up(h0, full)

    def share(first: int, last: int) -> None:
        kernels.forward(kind, x, starts, wide, wx, wh, bias, gates, y, first, last, keep)

    on_threads(share, batch, SHARE)
    if units < full:  # what an infinite input made of units that are none, see the LSTM's
        y[:, units:] = 0
        if len(gates):
            empty_gates(gates, units)
    return np.ascontiguousarray(y[:, :units]), y, gates


def run_back(kind: int, by_y: np.ndarray, saved: Sequence[np.ndarray], wants_dx: bool) -> Arrays:
    """The gradients by x, h0, w_ih, w_hh, b_ih and b_hh, from that by y (rows, H).

    Where x's is not wanted it has no rows.
    """
    x, h0, w_ih, w_hh, y, gates = map(np.ascontiguousarray, saved)
    (batch, units), full, gated = h0.shape, y.shape[1], kind == GATED
    w_x = w_ih if wants_dx else np.empty((len(w_ih), 0), x.dtype)
    if gated:
        wh, wx = backward_panels(from_state(w_hh)), backward_panels(from_inputs(w_x))
    else:
        wh, wx = (plain_panels(fill_up(w.T, full).T) for w in (w_hh, w_x))
    dy, dh = fill_up(by_y, full), np.zeros((batch, len(wh) * wh.shape[2]), x.dtype)
    dx = np.empty((len(x) if wants_dx else 0, x.shape[1]), x.dtype)
    starts, wide = np.arange(0, len(x) + 1, batch), fill_up(h0, full)
    sums = (4 if gated else 1) * full
    parts: list[tuple[int, np.ndarray]] = []

    def share(first: int, last: int) -> None:
        dw = gradient_panels(sums, units + x.shape[1] + 1, x)
        parts.append((first, dw))
        args = (kind, x, starts, wide, y, gates, dy, dh, wh, wx, dx, dw)
        kernels.backward(*args, first, last)

    on_threads(share, batch, SHARE)
    parts.sort(key=lambda it: it[0])
    dw = reduce(np.add, (part for _, part in parts))
    if gated:
        by_sums = from_blocks(dw, units, 0, dw.shape[1])  # (4 H, H + d + 1)
        of_inputs = by_sums[: 3 * units]
        of_state = np.concatenate([by_sums[: 2 * units], by_sums[3 * units :]])
    else:
        plain = dw.transpose(1, 0, 2).reshape(dw.shape[1], -1)
        of_inputs = of_state = plain[:, :units].T
    by_ih, by_hh = of_inputs[:, units:-1], of_state[:, :units]
    grads = dx, dh[:, :units], by_ih, by_hh, of_inputs[:, -1], of_state[:, -1]
    return tuple(it.copy() for it in grads)


def from_inputs(weight: np.ndarray) -> np.ndarray:
    """A GRU's (3 H, d) as (4 H, d): what the candidate has from the state has none of it."""
    return np.concatenate([weight, np.zeros_like(weight[: len(weight) // 3])])


def from_state(weight: np.ndarray) -> np.ndarray:
    """The same of the recurrent weights: what the candidate has from the inputs has none."""
    units = len(weight) // 3
    nothing = np.zeros_like(weight[:units])
    return np.concatenate([weight[: 2 * units], nothing, weight[2 * units :]])


def filled(kind: int, units: int, itemsize: int) -> int:
    """Units up to whole vectors, or, where sums are one a unit, up to whole panels of four."""
    lanes = (1 if kind == GATED else 4) * REGISTER // itemsize
    return -(-units // lanes) * lanes
