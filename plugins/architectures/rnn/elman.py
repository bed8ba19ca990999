"""The recurrent network whose layers each feed themselves (Elman, 1990)."""

from typing import Literal

import torch
from torch import Tensor, nn

from seqbench.kits.torch import start_recurrent
from seqbench_plugins.architectures.fused import RNN

Init = Literal["uniform", "xavier", "orthogonal", "identity"]


class Recurrent(nn.Module):
    """Compiled layers of torch's RNN from (N, T, width) to (N, T, width), or a step at a time."""

    def __init__(
        self,
        width: int,
        layers: int,
        nonlinearity: Literal["tanh", "relu"],
        init: Init = "uniform",
    ) -> None:
        super().__init__()
        # No lengths are asked for: what stands after a sequence's end reaches nothing before it.
        self.rnn = RNN(width, width, layers, nonlinearity, batch_first=True)
        if init != "uniform":
            start_recurrent(self.rnn, init)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.rnn(x)
        return y

    def chunk(self, x: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """Some steps, x (N, t, width), on from a state, or from zeros; and the state after."""
        return self.rnn(x, state)

    def flops(self, batch: int, steps: int) -> int:
        """Of a forward pass; torch counts them too, but a step at a time."""
        return 2 * batch * steps * self.rnn.num_layers * 2 * self.rnn.hidden_size**2

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
