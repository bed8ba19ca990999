"""torch.nn.RNN and torch.nn.GRU, with their work on the CPU done by compiled kernels."""

from typing import Any

import torch
from torch import Tensor, nn

from seqbench_plugins.architectures.fused.cells import GATED, RELU, TANH
from seqbench_plugins.architectures.fused.function import recur

KINDS = {"RNN_TANH": TANH, "RNN_RELU": RELU, "GRU": GATED}


class Fused(nn.RNNBase):
    """A layer of torch in everything but speed.

    Parameters, their names and their initialisation are torch's. What the kernels do not do
    (packed sequences, two directions, dropout, no bias, autocast, another dtype or device), and
    what is to be seen by torch.compile, torch.func or a counter of work, torch does; `ran` tells.
    Gradients of gradients are refused.
    """

    ran = ""  # what did the work of the last call: the compiled kernels, or torch and where

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:  # type: ignore[override]
        """As the layer of torch, which see."""
        if not self.compiled(input, hx):
            self.ran = f"torch ({self.weight_ih_l0.device.type})"
            return super().forward(input, hx)
        self.ran = "compiled kernels"
        x = input.transpose(0, 1) if self.batch_first else input  # (T, n, input_size)
        steps, batch, _ = x.shape
        rows, last = x.reshape(steps * batch, -1), []
        for layer, weights in enumerate(self.all_weights):
            h0 = x.new_zeros(batch, self.hidden_size) if hx is None else hx[layer]
            rows = recur(KINDS[self.mode], rows, h0, weights)
            last.append(rows[-batch:])
        y = rows.view(steps, batch, -1)
        return y.transpose(0, 1) if self.batch_first else y, torch.stack(last)

    def compiled(self, input: Any, hx: Tensor | None) -> bool:
        """Whether the kernels can do this; an input torch would refuse is left for torch to."""
        if torch.compiler.is_compiling() or watched() or not isinstance(input, Tensor):
            return False
        other = self.bidirectional or (self.dropout and self.training) or not self.bias
        if other or torch.is_autocast_enabled("cpu") or input.ndim != 3:
            return False
        state_shape = (self.num_layers, input.shape[0 if self.batch_first else 1], self.hidden_size)
        kinds = (torch.float32, torch.float64)
        return (
            input.shape[-1] == self.input_size
            and input.numel() > 0
            and input.dtype in kinds
            and (hx is None or hx.shape == state_shape)
            and all(plain(it, input.dtype) for it in (input, *self.parameters()))
            and (hx is None or plain(hx, input.dtype))
        )


def plain(it: Tensor, dtype: torch.dtype) -> bool:
    """A tensor with its numbers in the machine's memory, and nothing else besides."""
    return type(it) in (Tensor, nn.Parameter) and it.device.type == "cpu" and it.dtype == dtype


def watched() -> bool:
    """Whether something, such as a counter of work, is to see each operator that is called."""
    functorch = torch._C._are_functorch_transforms_active()
    return bool(functorch or torch._C._len_torch_dispatch_stack())


class RNN(Fused, nn.RNN):
    """torch.nn.RNN (Elman, 1990)."""


class GRU(Fused, nn.GRU):
    """torch.nn.GRU (Cho et al., 2014), whose reset gate stands after the recurrent product."""


def ran(network: nn.Module) -> str:
    """What did the work of such layers in a network, for the record."""
    found = {layer.ran for layer in network.modules() if isinstance(layer, Fused)}
    return ", ".join(sorted(found))
