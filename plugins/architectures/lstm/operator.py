"""One layer's recurrence as an operator of torch.

Torch knows of it what it knows of its own: the shapes it will give (`fake` tensors, torch.compile,
torch.export), its gradient, its work (FlopCounterMode) and what it does to a batch of problems
(torch.func.vmap). Operators' arguments must be tensors and numbers; what they mean, recurrence.py
says.
"""

from typing import Any

import torch
from torch import Tensor
from torch.library import custom_op
from torch.utils.flop_counter import register_flop_formula

from seqbench_plugins.architectures.lstm.recurrence import filled, run, run_back

Tensors = tuple[Tensor, ...]


def compute(
    x: Tensor,
    counts: Tensor | None,
    h0: Tensor,
    c0: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor,
    b_hh: Tensor,
    keep: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """All steps of one layer: y (rows, H), the last h and c (n, H), cells and gates.

    x (rows, d) holds step after step, sequences sorted by length; `counts` (T,) is how many
    sequences have each step, None where all have all. The weights are torch's of the layer. With
    `keep`, cells and gates are left for the way back, which is not to be had otherwise.
    """
    arrays = [it.detach().numpy() for it in (x, h0, c0, w_ih, w_hh, b_ih, b_hh)]
    y, h, c, cells, gates = run(None if counts is None else counts.numpy(), arrays, keep)
    return tuple(map(torch.from_numpy, (y, h, c, cells, gates)))


def compute_back(
    dy: Tensor | None,
    dh: Tensor | None,
    dc: Tensor | None,
    x: Tensor,
    counts: Tensor | None,
    h0: Tensor,
    c0: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    y: Tensor,
    cells: Tensor,
    gates: Tensor,
    wants_dx: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """The gradients by x, h0, c0, w_ih, w_hh and the bias, from those by y and the last h and c.

    Where x's is not wanted it has no rows.
    """
    by = [None if it is None else it.detach().numpy() for it in (dy, dh, dc)]
    saved = [it.detach().numpy() for it in (x, h0, c0, w_ih, w_hh, y, cells, gates)]
    grads = run_back(by, None if counts is None else counts.numpy(), saved, wants_dx)
    return tuple(map(torch.from_numpy, grads))


recur = custom_op("seqbench::lstm", compute, mutates_args=(), device_types="cpu")
recur_back = custom_op("seqbench::lstm_backward", compute_back, mutates_args=(), device_types="cpu")


@recur.register_fake
def shapes(x: Tensor, counts: Any, h0: Tensor, c0: Tensor, *rest: Any) -> Tensors:
    """Of what `recur` gives."""
    (n, units), rows = h0.shape, x.shape[0]
    kept, full = rows if rest[-1] else 0, filled(units, x.itemsize)
    wanted = ((rows, units), (n, units), (n, units), (kept, full), (kept, 4 * full))
    return tuple(x.new_empty(shape) for shape in wanted)


@recur_back.register_fake
def shapes_back(dy: Any, dh: Any, dc: Any, x: Tensor, counts: Any, *rest: Any) -> Tensors:
    """Of what `recur_back` gives."""
    h0, c0, w_ih, w_hh, *_, wants_dx = rest
    dx = x.new_empty(x.shape if wants_dx else (0, x.shape[1]))
    bias = x.new_empty(w_ih.shape[:1])
    return dx, *(x.new_empty(it.shape) for it in (h0, c0, w_ih, w_hh)), bias


def remember(ctx: Any, inputs: tuple[Any, ...], output: Tensors) -> None:
    """Keep what the way back needs."""
    y, _, _, cells, gates = output
    ctx.save_for_backward(*inputs[:6], y, cells, gates)
    ctx.mark_non_differentiable(cells, gates)
    ctx.set_materialize_grads(False)  # zeros as large as the gates are not to be made


def gradients(ctx: Any, *by: Tensor | None, back: Any = recur_back) -> tuple[Tensor | None, ...]:
    """By the arguments of `recur`, from those by its outputs."""
    wants_dx = ctx.needs_input_grad[0]
    dx, dh, dc, *by_weights, bias = back(*by[:3], *ctx.saved_tensors, wants_dx)
    return dx if wants_dx else None, None, dh, dc, *by_weights, bias, bias.clone(), None


def no_gradients(ctx: Any, *by: Tensor | None) -> None:
    """Of gradients."""
    raise NotImplementedError("the compiled LSTM has no gradients of gradients")


recur.register_autograd(gradients, setup_context=remember)
recur_back.register_autograd(no_gradients)


def one_by_one(op: Any) -> Any:
    """A vmap rule: each problem by itself, the results stacked.

    The gradients by the weights differ from problem to problem, and the weights themselves may.
    """

    def rule(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> tuple[Tensors, Any]:
        found = []
        for i in range(info.batch_size):
            pairs = zip(args, in_dims, strict=True)
            found.append(op(*(it if dim is None else it.select(dim, i) for it, dim in pairs)))
        outputs = tuple(torch.stack(parts) for parts in zip(*found, strict=True))
        return outputs, (0,) * len(outputs)

    return rule


recur.register_vmap(one_by_one(recur))
recur_back.register_vmap(one_by_one(recur_back))


@register_flop_formula(torch.ops.seqbench.lstm)
def flops(x: Any, counts: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, *rest: Any, **_: Any) -> int:
    """Of the products: each row's four gates read the input and the state before."""
    return 2 * x[0] * w_ih[0] * (w_ih[1] + w_hh[1])


@register_flop_formula(torch.ops.seqbench.lstm_backward)
def flops_back(dy: Any, dh: Any, dc: Any, x: Any, *rest: Any, **_: Any) -> int:
    """By the weights, by the state before, and by the inputs where it is wanted."""
    _, _, _, w_ih, w_hh, *_, wants_dx = rest
    return 2 * x[0] * w_ih[0] * (w_ih[1] + 2 * w_hh[1] + (w_ih[1] if wants_dx else 0))
