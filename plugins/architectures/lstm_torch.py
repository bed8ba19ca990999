"""Long short-term memory, torch's: what the compiled `lstm` is measured against."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal

import torch
from torch import Tensor, nn

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture, start_recurrent
from seqbench_plugins.architectures.lstm.stepwise import Stepwise

Init = Literal["uniform", "xavier", "orthogonal"]


@dataclass(frozen=True, kw_only=True)
class TorchLSTM(TorchArchitecture):
    """Layers of torch.nn.LSTM, started as those of `lstm` are."""

    name = "lstm_torch"
    source = "Hochreiter and Schmidhuber, 1997; forget gate: Gers, Schmidhuber and Cummins, 2000"
    layers: int = 1
    forget_bias: float = 1.0  # what the forget gates' biases start with; 0: as other biases do
    init: Init = "uniform"  # of the weights, gate by gate; biases are 0 but under uniform

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("layers")
        if not isfinite(self.forget_bias):
            raise SeqbenchError(
                f"lstm_torch.forget_bias is {self.forget_bias}; it takes a finite number"
            )

    def mixer(self, width: int, io: Signature) -> nn.Module:
        return Memory(width, self.layers, self.forget_bias, self.init)


class Memory(Stepwise):
    """LSTM layers from (N, T, width) to (N, T, width), or a step at a time."""

    def __init__(self, width: int, layers: int, forget_bias: float, init: Init = "uniform") -> None:
        super().__init__()
        # No lengths are asked for: what stands after a sequence's end reaches nothing before it.
        self.lstm = nn.LSTM(width, width, layers, batch_first=True)
        if init != "uniform":
            start_recurrent(self.lstm, init)
        if forget_bias:
            self.open_forget_gates(forget_bias)

    @torch.no_grad()
    def open_forget_gates(self, bias: float) -> None:
        """Of the two biases that torch adds up, the first is the bias, the second 0."""
        forget = slice(self.lstm.hidden_size, 2 * self.lstm.hidden_size)
        for _, _, from_input, from_state in self.lstm.all_weights:
            from_input[forget] = bias
            from_state[forget] = 0.0

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.lstm(x)
        return y

    def flops(self, batch: int, steps: int) -> int:
        """Of a forward pass: each step's four gates read the input and the state."""
        units = self.lstm.hidden_size
        return 2 * batch * steps * self.lstm.num_layers * 4 * units * 2 * units


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [TorchLSTM]
