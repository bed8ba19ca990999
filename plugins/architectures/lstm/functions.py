"""The recurrence as Functions of torch's autograd, where the operator is not the best.

Torch's operators with a gradient in Python do not take part in torch.func.grad and what is made of
it (jacrev, vmap of grad); its Functions do. And where nothing but autograd looks on, calling a
Function takes 0.1 to 0.15 ms less, there and back, which is 2 to 3 % of training a small layer.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

from seqbench_plugins.architectures.lstm import operator


def recur(*args: Any) -> tuple[Tensor, ...]:
    """`operator.recur` without its last argument, in whichever way what is going on asks for."""
    tensors = [it for it in args if it is not None]
    asked, grads = any(it.requires_grad for it in tensors), torch.is_grad_enabled()
    run: Callable[..., Any] = operator.recur
    if torch.compiler.is_compiling():
        pass
    elif torch._C._are_functorch_transforms_active():
        run, asked = Transformed.apply, True  # for here a tensor does not tell what is asked of it
    elif all(map(plain, tensors)) and not watched():
        run = Plain.apply if asked and grads else operator.compute
    return run(*args, asked and grads)


def plain(it: Tensor) -> bool:
    """A tensor that is nothing else besides."""
    return type(it) in (Tensor, nn.Parameter) and it.device.type == "cpu"


def watched() -> bool:
    """Whether a mode, such as a counter of work, is to see each operator that is called."""
    return bool(torch._C._len_torch_dispatch_stack())


class Plain(Function):
    """The operator's work, done at once.

    With a context of its own for `forward`, torch would look up its signature in each call.
    """

    @staticmethod
    def forward(ctx: Any, *args: Any) -> tuple[Tensor, ...]:
        output = operator.compute(*args)
        operator.remember(ctx, args, output)
        return output

    @staticmethod
    def backward(ctx: Any, *by: Tensor | None) -> tuple[Tensor | None, ...]:
        # With create_graph=True the operator is asked, which knows that there is no second time.
        known = torch.is_grad_enabled() or watched()
        back = operator.recur_back if known else operator.compute_back
        return operator.gradients(ctx, *by, back=back)


class Transformed(Function):
    """`operator.recur` for torch.func."""

    forward = staticmethod(lambda *args: operator.recur(*args))
    setup_context = staticmethod(operator.remember)

    @staticmethod
    def backward(ctx: Any, *by: Tensor | None) -> tuple[Tensor | None, ...]:
        return operator.gradients(ctx, *by, back=TransformedBack.apply)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> Any:
        return operator.one_by_one(Transformed.apply)(info, in_dims, *args)


class TransformedBack(Function):
    """`operator.recur_back` for torch.func."""

    forward = staticmethod(lambda *args: operator.recur_back(*args))
    setup_context = staticmethod(lambda ctx, inputs, output: None)
    backward = staticmethod(operator.no_gradients)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> Any:
        return operator.one_by_one(TransformedBack.apply)(info, in_dims, *args)
