"""What a look into a network tells that its answers alone do not."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from seqbench.kits.torch.loss import tensors
from seqbench.kits.torch.network import apply
from seqbench.kits.torch.training import seed

GRADIENT = 1e-4  # of the largest gradient: rounding of a convolution by Fourier stays below


class Inside:
    """A network's copy to look into, so that its running statistics stay what they are."""

    def __init__(self, network: nn.Module) -> None:
        self.network = copy.deepcopy(network)
        self.draws = False  # numbers of torch's global stream, as far as it was seen in training

    def in_training(self, inputs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
        """The answers in training mode, with the same draws of dropout each time."""
        (x,) = tensors(inputs)
        with torch.no_grad(), torch.random.fork_rng(devices=()):
            seed(0)
            before = torch.get_rng_state()
            out: np.ndarray = apply(self.network.train(), x, long(lengths)).numpy()
            self.draws |= not torch.equal(before, torch.get_rng_state())
        return out

    def backward_leak(
        self, inputs: np.ndarray, lengths: np.ndarray | None, positions: list[int]
    ) -> str | None:
        """Where the gradient of earlier answers reaches a later input, or None if it does not."""
        (x,) = tensors(inputs)
        with entrance(self.network.eval(), x) as leaves:
            answers = apply(self.network, x, long(lengths))  # (N, T, channels)
        if not leaves or not answers.requires_grad:
            return None
        signs = torch.where(torch.arange(answers.numel()) % 3 > 0, 1.0, -2.0).view_as(answers)
        for at in positions:
            early = (answers * signs)[:, :at].sum()
            reached = torch.autograd.grad(early, leaves, retain_graph=True, allow_unused=True)
            for slope in (g for g in reached if g is not None):
                late, most = slope[:, at:].abs().max().item(), slope.abs().max().item()
                if late > GRADIENT * max(most, 1e-8):
                    whose = f"the gradient of answers before step {at}"
                    return f"{whose} reaches later inputs ({late:.2g})"
        return None


@contextmanager
def entrance(network: nn.Module, x: Tensor) -> Iterator[list[Tensor]]:
    """Tensors (N, T, ...) at the network's entrance of which gradients can be asked.

    Real inputs themselves; for tokens, what embeddings of (N, T) tokens give.
    """
    if x.is_floating_point():
        yield [x.requires_grad_()]
        return
    leaves: list[Tensor] = []

    def keep(module: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> Tensor | None:
        if given[0].shape != x.shape:
            return None
        leaves.append(out.detach().requires_grad_())
        return leaves[-1]

    hooks = [
        module.register_forward_hook(keep)
        for module in network.modules()
        if isinstance(module, nn.Embedding)
    ]
    try:
        yield leaves
    finally:
        for hook in hooks:
            hook.remove()


def long(lengths: np.ndarray | None) -> Tensor | None:
    """Lengths as a tensor."""
    return None if lengths is None else tensors(lengths)[0]
