"""Linear recurrences over time, in about the square root of their steps.

The steps are cut into blocks. Each block runs from nothing, all blocks side by side; what the
blocks end with is a shorter recurrence of the same kind; and each block is then moved on by what
came before it (Blelloch, Prefix sums and their applications, 1990). Nothing is divided, so no
decay is too strong and no sequence too long.
"""

from collections.abc import Callable
from math import inf, isqrt
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

FULL = 2**15  # numbers in one step that keep a processor busy by themselves


class Kind(NamedTuple):
    """What "times" and "plus" mean in h[t] = a[t] h[t-1] + b[t]."""

    onward: Callable[[Tensor, Tensor, Tensor], Tensor]  # a, b and h before: h after
    running: Callable[[Tensor, int], Tensor]  # the products of all a so far, along a dimension
    nothing: float  # the h that adds nothing


PLAIN = Kind(lambda a, b, h: torch.addcmul(b, a, h), torch.cumprod, 0.0)
LOGS = Kind(lambda a, b, h: torch.logaddexp(a + h, b), torch.cumsum, -inf)


def scan(a: Tensor, b: Tensor, start: Tensor) -> Tensor:
    """All h[t] = a[t] h[t-1] + b[t], (N, T, ...), from h[-1] = start (N, ...).

    a and b (N, T, ...) are real or complex; sizes of a above 1 are the caller's to answer for.
    """
    h: Tensor = _Scan.apply(a, b, start)  # type: ignore[no-untyped-call]
    return h


def log_scan(a: Tensor, b: Tensor, start: Tensor) -> Tensor:
    """The same for positive numbers, all given and told by their logarithms (Heinsen, 2023)."""
    h: Tensor = _LogScan.apply(a, b, start)  # type: ignore[no-untyped-call]
    return h


class _Scan(Function):
    """The slope of h[t] is its own and a[t+1] times that of h[t+1]: a scan from the end."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, start: Tensor) -> Tensor:
        h = blocks(PLAIN, a, b, start)
        ctx.save_for_backward(a, h, start)
        return h

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        a, h, start = ctx.saved_tensors
        slope = from_the_end(a.conj(), slopes[0])
        return slope * delayed(h, start).conj(), slope, slope[:, 0] * a[:, 0].conj()


class _LogScan(Function):
    """With logarithms a slope goes back by the share of h[t] that came from h[t-1]."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, start: Tensor) -> Tensor:
        h = blocks(LOGS, a, b, start)
        ctx.save_for_backward(a, b, h, start)
        return h

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        a, b, h, start = ctx.saved_tensors
        kept = (a + delayed(h, start) - h).exp()  # 0..1
        slope = from_the_end(kept, slopes[0])
        back = slope * kept
        return back, slope * (b - h).exp(), back[:, 0]


def from_the_end(a: Tensor, b: Tensor) -> Tensor:
    """All g[t] = b[t] + a[t+1] g[t+1]."""
    later = torch.cat([a[:, 1:], torch.zeros_like(a[:, :1])], 1)
    return scan(later.flip(1), b.flip(1), torch.zeros_like(b[:, 0])).flip(1)


def delayed(h: Tensor, start: Tensor) -> Tensor:
    """h a step before each step."""
    return torch.cat([start[:, None], h[:, :-1]], 1)


def blocks(kind: Kind, a: Tensor, b: Tensor, start: Tensor) -> Tensor:
    """The recurrence by blocks, or step by step where that is as quick."""
    batch, steps = b.shape[:2]
    if steps <= 8 or b[:, 0].numel() >= FULL:
        return one_by_one(kind, a, b, start)
    length = isqrt(steps)
    count = -(-steps // length)
    a, b = (cut(it, count, length) for it in (a, b))  # (N blocks, length, ...)
    inside = one_by_one(kind, a, b, torch.full_like(b[:, 0], kind.nothing))
    running = kind.running(a, 1)
    shape = (batch, count, *start.shape[1:])
    last, after = (it[:, -1].reshape(shape) for it in (running, inside))
    before = delayed(blocks(kind, last, after, start), start).flatten(0, 1)
    h = kind.onward(running, inside, before[:, None])
    return h.reshape(batch, count * length, *shape[2:])[:, :steps]


def cut(x: Tensor, count: int, length: int) -> Tensor:
    """The steps of x (N, T, ...) in blocks, (N blocks, length, ...), the last filled with 0."""
    rest = x.new_zeros(len(x), count * length - x.shape[1], *x.shape[2:])
    return torch.cat([x, rest], 1).reshape(len(x) * count, length, *x.shape[2:])


def one_by_one(kind: Kind, a: Tensor, b: Tensor, h: Tensor) -> Tensor:
    """The recurrence as it is written."""
    out = torch.empty_like(b)
    for t, (by, more) in enumerate(zip(a.unbind(1), b.unbind(1), strict=True)):
        h = kind.onward(by, more, h)
        out[:, t] = h
    return out
