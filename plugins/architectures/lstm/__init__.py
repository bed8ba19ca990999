"""Long short-term memory, compiled (Hochreiter and Schmidhuber, 1997)."""

from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

from torch import Tensor, nn

from seqbench import Architecture, Lesson, Model, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture, start_recurrent
from seqbench_plugins.architectures.lstm.layer import LSTM
from seqbench_plugins.architectures.lstm.stepwise import Stepwise

__all__ = ["LSTM", "LongShortTermMemory", "Memory"]

Init = Literal["uniform", "xavier", "orthogonal"]


@dataclass(frozen=True, kw_only=True)
class LongShortTermMemory(TorchArchitecture):
    """Layers of LSTM, forward and backward in compiled kernels."""

    name = "lstm"
    version = 2  # the matrix unit, and gates by other series: other last digits
    source = "Hochreiter and Schmidhuber, 1997; forget gate: Gers, Schmidhuber and Cummins, 2000"
    layers: int = 1
    forget_bias: float = 1.0  # what the forget gates' biases start with; 0: as other biases do
    init: Init = "uniform"  # of the weights, gate by gate; biases are 0 but under uniform

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("layers")
        if not isfinite(self.forget_bias):
            raise SeqbenchError(f"lstm.forget_bias is {self.forget_bias}; it takes a finite number")

    def mixer(self, width: int, io: Signature) -> nn.Module:
        return Memory(width, self.layers, self.forget_bias, self.init)

    def fit(self, lesson: Lesson) -> Model:
        """As all that are taught, with a note of what computed it: kernels, or torch and where."""
        model = super().fit(lesson)
        ran = {layer.ran for layer in model.network.modules() if isinstance(layer, LSTM)}
        return replace(model, notes={**model.notes, "lstm": ", ".join(sorted(ran))})


class Memory(Stepwise):
    """LSTM layers from (N, T, width) to (N, T, width), or a step at a time."""

    def __init__(self, width: int, layers: int, forget_bias: float, init: Init = "uniform") -> None:
        super().__init__()
        self.lstm = LSTM(width, width, layers, batch_first=True, forget_bias=forget_bias)
        if init != "uniform":
            start_recurrent(self.lstm, init)
            self.lstm.open_forget_gates()

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        y, _ = self.lstm(x, lengths=lengths)
        return y


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [LongShortTermMemory]
