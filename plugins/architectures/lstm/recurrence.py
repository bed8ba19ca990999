"""One layer's recurrence as an operation of torch's autograd."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function

from seqbench_plugins.architectures.lstm import kernels
from seqbench_plugins.architectures.lstm.panels import (
    backward_panels,
    forward_panels,
    from_blocks,
)
from seqbench_plugins.architectures.lstm.simd import REGISTER

SHARE = kernels.FULL // 2  # sequences that are worth a thread


def recur(x: Tensor, starts: np.ndarray, state: tuple[Tensor, Tensor], weights: Any) -> Any:
    """All steps of one layer.

    x (rows, d) in the order of kernels.py, `state` the first h and c (n, H), `weights` torch's four
    of the layer; returns y (rows, H) and the last c (n, H). On the CPU, in float32 or float64.
    """
    args = (x, *state, *weights)
    # Asked here, as inside of a Function gradients are always off.
    if torch.is_grad_enabled() and any(it.requires_grad for it in args):
        return Recurrence.apply(starts, *args)
    y, c, *_ = run(starts, [it.detach().numpy() for it in args], keep=False)
    return torch.from_numpy(y), torch.from_numpy(c)


class Recurrence(Function):
    """`recur`, with its gradient."""

    @staticmethod
    def forward(ctx: Any, starts: np.ndarray, *args: Tensor) -> tuple[Tensor, Tensor]:
        arrays = run(starts, [it.detach().numpy() for it in args], keep=True)
        y, c, cells, gates = map(torch.from_numpy, arrays)
        ctx.save_for_backward(*args[:5], y, cells, gates)
        ctx.starts = starts
        return y, c

    @staticmethod
    def backward(ctx: Any, dy: Tensor, dc: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():  # create_graph=True
            raise NotImplementedError("the compiled LSTM has no gradients of gradients")
        saved = [it.detach().numpy() for it in ctx.saved_tensors]
        grads = run_back(ctx.starts, saved, (dy.numpy(), dc.numpy()), ctx.needs_input_grad[1])
        return None, *(None if it is None else torch.from_numpy(it) for it in grads)


def run(starts: np.ndarray, args: list[np.ndarray], keep: bool) -> tuple[np.ndarray, ...]:
    """y and the last c; with `keep`, cells and gates too, for the way back."""
    x, h0, c0, w_ih, w_hh, b_ih, b_hh = map(np.ascontiguousarray, args)
    batch, units = h0.shape
    rows, full = len(x), filled(units, x.itemsize)
    # NumPy's, not torch's: NumPy asks the system for huge pages, and the first touch of 64 MB
    # of fresh memory then takes a fifth of the time.
    y = np.empty((rows, full), x.dtype)
    cells = np.empty((rows if keep else 0, full), x.dtype)
    gates = np.empty((rows if keep else max(batch, kernels.FULL), 4 * full), x.dtype)
    state = fill_up(c0, full).copy()
    wx, wh = forward_panels(w_ih), forward_panels(w_hh)
    bias = forward_panels((b_ih + b_hh)[:, None]).reshape(1, -1)

    def share(first: int, last: int) -> None:
        kernels.forward(x, starts, h0, state, wx, wh, bias, gates, cells, y, first, last, keep)

    on_threads(share, batch)
    return np.ascontiguousarray(y[:, :units]), state[:, :units].copy(), cells, gates


def run_back(
    starts: np.ndarray,
    saved: list[np.ndarray],
    last: tuple[np.ndarray, np.ndarray],
    wants_dx: bool,
) -> tuple[np.ndarray | None, ...]:
    """The gradients by x, h0, c0 and the four weights, from those by y and the last c."""
    x, h0, c0, w_ih, w_hh, y, cells, gates = map(np.ascontiguousarray, saved)
    batch, units = h0.shape
    full = cells.shape[1]
    dy, dc = fill_up(last[0], full), fill_up(last[1], full).copy()
    wh = backward_panels(w_hh)
    wx = backward_panels(w_ih if wants_dx else np.empty((4 * units, 0), x.dtype))
    dh = np.zeros((batch, len(wh) * wh.shape[2]), x.dtype)
    dx = np.empty_like(x)
    parts = []

    def share(first: int, last: int) -> None:
        args = (x, starts, h0, fill_up(c0, full), y, cells, gates, dy, dh, dc, wh, wx, dx)
        dw = np.zeros((units + x.shape[1] + 1, 4 * full), x.dtype)
        parts.append((first, dw))
        kernels.backward(*args, dw, first, last)

    on_threads(share, batch)
    dw = sum(part for _, part in sorted(parts, key=lambda it: it[0]))
    by_weights = from_blocks(dw, units)  # (4 H, H + d + 1)
    bias = by_weights[:, -1].copy()
    by_hh, by_ih = by_weights[:, :units].copy(), by_weights[:, units:-1].copy()
    by_x = dx if wants_dx else None
    return by_x, dh[:, :units].copy(), dc[:, :units].copy(), by_ih, by_hh, bias, bias.copy()


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


def on_threads(share: Callable[[int, int], None], batch: int) -> None:
    """Do share(first, last) for all of a batch, on at most as many threads as torch uses.

    Shares do not depend on timing, so that the same number of threads gives the same bits.
    """
    count = max(1, min(torch.get_num_threads(), batch // SHARE))
    bounds = [batch * i // count for i in range(count + 1)]
    if count == 1:
        share(0, batch)
        return
    with ThreadPoolExecutor(count) as pool:  # a lasting pool would not outlive a fork
        list(pool.map(share, bounds[:-1], bounds[1:]))
