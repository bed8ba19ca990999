"""Long short-term memory, compiled (Hochreiter and Schmidhuber, 1997)."""

from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor, nn

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture
from seqbench_plugins.architectures.lstm.layer import LSTM, State

__all__ = ["LSTM", "LongShortTermMemory", "Memory"]


@dataclass(frozen=True, kw_only=True)
class LongShortTermMemory(TorchArchitecture):
    """Layers of LSTM, forward and backward in compiled kernels."""

    name = "lstm"
    source = "Hochreiter and Schmidhuber, 1997; forget gate: Gers, Schmidhuber and Cummins, 2000"
    layers: int = 1
    forget_bias: float = 1.0  # what the forget gates' biases start with; 0: torch's random start

    def __post_init__(self) -> None:
        for setting in ("width", "layers"):
            if getattr(self, setting) < 1:
                raise SeqbenchError(
                    f"lstm.{setting} is {getattr(self, setting)}; it takes 1 or more"
                )
        if not isfinite(self.forget_bias):
            raise SeqbenchError(f"lstm.forget_bias is {self.forget_bias}; it takes a finite number")

    def mixer(self, width: int, io: Signature) -> nn.Module:
        return Memory(width, self.layers, self.forget_bias)


class Memory(nn.Module):
    """LSTM layers from (N, T, width) to (N, T, width), or a step at a time."""

    def __init__(self, width: int, layers: int, forget_bias: float) -> None:
        super().__init__()
        self.lstm = LSTM(width, width, layers, batch_first=True, forget_bias=forget_bias)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        y, _ = self.lstm(x, lengths=lengths)
        return y

    def initial_state(self, batch: int) -> State:
        like = self.lstm.weight_hh_l0
        zeros = like.new_zeros(self.lstm.num_layers, batch, self.lstm.hidden_size)
        return zeros, zeros

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """From x (N, width) and the state before to y (N, width) and the state after."""
        cells = []
        for weights, before in zip(self.lstm.all_weights, zip(*state, strict=True), strict=True):
            x, c = torch.lstm_cell(x, before, *weights)
            cells.append((x, c))
        h, c = zip(*cells, strict=True)
        return x, (torch.stack(h), torch.stack(c))


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [LongShortTermMemory]
