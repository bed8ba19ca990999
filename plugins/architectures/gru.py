"""The gated recurrent unit, compiled (Cho et al., 2014)."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from seqbench import Architecture, Lesson, Model, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture, start_recurrent
from seqbench_plugins.architectures.fused import GRU as Layers
from seqbench_plugins.architectures.fused import ran

Init = Literal["uniform", "xavier", "orthogonal"]


@dataclass(frozen=True, kw_only=True)
class GRU(TorchArchitecture):
    """Layers of GRU in compiled kernels; the reset gate stands after the recurrent product."""

    name = "gru"
    version = 3  # compiled kernels, whose gates then changed: other last digits
    source = "Cho et al., Learning phrase representations using RNN encoder-decoder, 2014"
    width: int = 74
    layers: int = 1
    init: Init = "uniform"  # of the weights, gate by gate; biases are 0 but under uniform

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("layers")

    def mixer(self, width: int, io: Signature) -> nn.Module:
        return Gated(width, self.layers, self.init)

    def fit(self, lesson: Lesson) -> Model:
        """As all that are taught, with a note of what computed it: kernels, or torch and where."""
        model = super().fit(lesson)
        return replace(model, notes={**model.notes, "gru": ran(model.network)})


class Gated(nn.Module):
    """GRU layers from (N, T, width) to (N, T, width), or a step at a time."""

    def __init__(self, width: int, layers: int, init: Init = "uniform") -> None:
        super().__init__()
        # No lengths are asked for: what stands after a sequence's end reaches nothing before it.
        self.gru = Layers(width, width, layers, batch_first=True)
        if init != "uniform":
            start_recurrent(self.gru, init)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.gru(x)
        return y

    def chunk(self, x: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """Some steps, x (N, t, width), on from a state, or from zeros; and the state after."""
        return self.gru(x, state)

    def flops(self, batch: int, steps: int) -> int:
        """Of a forward pass: each step's two gates and candidate read the input and the state."""
        return 2 * batch * steps * self.gru.num_layers * 3 * 2 * self.gru.hidden_size**2

    def initial_state(self, batch: int) -> Tensor:
        """Zeros, (layers, batch, width)."""
        gru = self.gru
        return gru.weight_hh_l0.new_zeros(gru.num_layers, batch, gru.hidden_size)

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """From x (N, width) and the state before to y (N, width) and the state after."""
        after = []
        for weights, h in zip(self.gru.all_weights, state, strict=True):
            x = torch.gru_cell(x, h, *weights)
            after.append(x)
        return x, torch.stack(after)


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [GRU]
