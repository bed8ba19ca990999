"""Recurrent networks that read both ways (Schuster and Paliwal, 1997)."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from seqbench import Architecture, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture, start_recurrent
from seqbench_plugins.architectures.fused import GRU, RNN
from seqbench_plugins.architectures.lstm.layer import LSTM

Init = Literal["uniform", "xavier", "orthogonal"]
CELLS = {"rnn": RNN, "gru": GRU, "lstm": partial(LSTM, forget_bias=None)}  # compiled


@dataclass(frozen=True, kw_only=True)
class BiRNN(TorchArchitecture):
    """Each step is answered from what came before it and from what comes after it."""

    name = "birnn"
    version = 3  # compiled kernels, whose gates then changed: other last digits
    source = "Schuster and Paliwal, Bidirectional recurrent neural networks, 1997"
    causal = False
    width: int = 48  # of each direction
    cell: Literal["rnn", "gru", "lstm"] = "gru"
    layers: int = 1
    init: Init = "uniform"  # of the recurrent weights, gate by gate

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("layers")

    def mixer(self, width: int, io: Signature) -> nn.Module:
        return BothWays(width, self.cell, self.layers, self.init)


class BothWays(nn.Module):
    """From (N, T, width) to (N, T, width) by two directions side by side, and a projection."""

    def __init__(self, width: int, cell: str, layers: int, init: Init = "uniform") -> None:
        super().__init__()
        sizes = [width] + [2 * width] * (layers - 1)
        self.onward = nn.ModuleList(CELLS[cell](size, width, batch_first=True) for size in sizes)
        self.backward = nn.ModuleList(CELLS[cell](size, width, batch_first=True) for size in sizes)
        self.project = nn.Linear(2 * width, width)
        if init != "uniform":
            for layer in (*self.onward, *self.backward):
                start_recurrent(layer, init)

    def flops(self, batch: int, steps: int) -> int:
        """Of a forward pass: every matrix is used once a step."""
        return 2 * batch * steps * sum(w.numel() for w in self.parameters() if w.ndim == 2)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        turn = turned(x, lengths)
        for onward, backward in zip(self.onward, self.backward, strict=True):
            past, _ = onward(x)
            future, _ = backward(taken(x, turn))
            x = torch.cat([past, taken(future, turn)], -1)  # (N, T, 2 width)
        return self.project(x)


def turned(x: Tensor, lengths: Tensor | None) -> Tensor:
    """The steps of each sequence from its last to its first, padding left in place: (N, T).

    So turned, padding comes last for a network that reads on from there too, and reaches nothing.
    """
    batch, steps, _ = x.shape
    at = torch.arange(steps, device=x.device).expand(batch, steps)
    if lengths is None:
        return at.flip(1)
    ends = lengths.to(x.device)[:, None]
    return torch.where(at < ends, ends - 1 - at, at)


def taken(x: Tensor, steps: Tensor) -> Tensor:
    """The given steps (N, T) of x (N, T, width)."""
    return x.gather(1, steps[..., None].expand(x.shape))


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [BiRNN]
