"""The recurrence as a Function of torch's autograd."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from seqbench_plugins.architectures.fused.recurrence import run, run_back

Weights = tuple[Tensor, Tensor, Tensor, Tensor]


def recur(kind: int, x: Tensor, h0: Tensor, weights: Weights) -> Tensor:
    """The outputs y (rows, H) of one layer over x (rows, d), step after step, from h0 (n, H)."""
    wanted = torch.is_grad_enabled() and any(it.requires_grad for it in (x, h0, *weights))
    if wanted:
        y: Tensor = Recurrence.apply(kind, x, h0, *weights)
        return y
    arrays = [it.detach().numpy() for it in (x, h0, *weights)]
    return torch.from_numpy(run(kind, arrays, keep=False)[0])


class Recurrence(Function):
    """All steps of one layer, there and back."""

    @staticmethod
    def forward(ctx: Any, kind: int, x: Tensor, h0: Tensor, *weights: Tensor) -> Tensor:
        arrays = [it.detach().numpy() for it in (x, h0, *weights)]
        y, whole, gates = map(torch.from_numpy, run(kind, arrays, keep=True))
        ctx.kind = kind
        ctx.save_for_backward(x, h0, *weights[:2], whole, gates)
        return y

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        saved = [it.detach().numpy() for it in ctx.saved_tensors]  # once: they may be made anew
        wants_dx = ctx.needs_input_grad[1]
        grads = map(torch.from_numpy, run_back(ctx.kind, dy.numpy(), saved, wants_dx))
        dx, *others = grads
        return None, dx if wants_dx else None, *others
