"""The simple recurrent network (Elman, Finding structure in time, 1990)."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture


@dataclass(frozen=True, kw_only=True)
class RNN(TorchArchitecture):
    """h = tanh(W x + U h + b), in layers."""

    name = "rnn"
    source = "Elman, Finding structure in time, 1990"
    width: int = 128
    layers: int = 1
    nonlinearity: Literal["tanh", "relu"] = "tanh"

    def __post_init__(self) -> None:
        for setting in ("width", "layers"):
            if getattr(self, setting) < 1:
                raise SeqbenchError(
                    f"rnn.{setting} is {getattr(self, setting)}; it takes 1 or more"
                )

    def mixer(self, width: int, io: Signature) -> nn.Module:
        return Recurrent(width, self.layers, self.nonlinearity)


class Recurrent(nn.Module):
    """Layers of torch's RNN from (N, T, width) to (N, T, width), or a step at a time."""

    def __init__(self, width: int, layers: int, nonlinearity: Literal["tanh", "relu"]) -> None:
        super().__init__()
        # No lengths are asked for: what stands after a sequence's end reaches nothing before it.
        self.rnn = nn.RNN(width, width, layers, nonlinearity, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.rnn(x)
        return y

    def initial_state(self, batch: int) -> Tensor:
        """Zeros, (layers, batch, width)."""
        rnn = self.rnn
        return rnn.weight_hh_l0.new_zeros(rnn.num_layers, batch, rnn.hidden_size)

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """From x (N, width) and the state before to y (N, width) and the state after."""
        cell = torch.rnn_tanh_cell if self.rnn.nonlinearity == "tanh" else torch.rnn_relu_cell
        after = []
        for weights, h in zip(self.rnn.all_weights, state, strict=True):
            x = cell(x, h, *weights)
            after.append(x)
        return x, torch.stack(after)


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [RNN]
