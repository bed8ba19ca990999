"""Recurrent networks whose gates see the input alone (Feng et al., 2024)."""

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch.convolution import ShortConvolution
from seqbench.kits.torch.scan import log_scan
from seqbench.kits.torch.stack import Layer, Perceptron, Residual, Stack, StackedArchitecture

SOURCE = "Feng et al., Were RNNs all we needed?, 2024"


@dataclass(frozen=True, kw_only=True)
class Minimal(StackedArchitecture):
    """What both have: blocks of a short convolution, the recurrence and a perceptron."""

    source = SOURCE
    expansion: float = 1.0  # of the recurrent state to the width
    conv: int = 4  # steps of the convolution before the recurrence; 1: none

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("conv")
        if not 0 < self.expansion <= 1000:
            raise SeqbenchError(
                f"{self.name}.expansion is {self.expansion}; it takes a number above 0, to 1000"
            )

    def units(self, width: int) -> int:
        """How many numbers the state has."""
        return max(1, round(self.expansion * width))

    def mixer(self, width: int, io: Signature) -> nn.Module:
        hidden, layers = max(1, round(self.ratio * width)), []
        for _ in range(self.layers):
            if self.conv > 1:
                layers.append(Residual(width, ShortConvolution(width, self.conv)))
            layers.append(Residual(width, self.layer(width)))
            if self.ratio:
                layers.append(Residual(width, Perceptron(width, hidden)))
        return Stack(layers, nn.LayerNorm(width))


@dataclass(frozen=True, kw_only=True)
class MinGRU(Minimal):
    """h = (1 - z) h + z g(v), where z and v are linear in the input."""

    name = "mingru"
    width: int = 48

    def layer(self, width: int) -> Layer:
        return GRU(width, self.units(width), 2)


@dataclass(frozen=True, kw_only=True)
class MinLSTM(Minimal):
    """h = (f h + i g(v)) / (f + i), where f, i and v are linear in the input."""

    name = "minlstm"
    width: int = 45

    def layer(self, width: int) -> Layer:
        return LSTM(width, self.units(width), 3)


class Recurrence(Layer):
    """A recurrence of positive numbers, computed by their logarithms; these are the state."""

    def __init__(self, width: int, units: int, parts: int) -> None:
        super().__init__()
        self.parts = parts
        self.read, self.write = nn.Linear(width, parts * units), nn.Linear(units, width)

    def initial_state(self, batch: int) -> Tensor:
        """g(0), (N, units), as in the paper's programs."""
        units = self.write.in_features
        return self.read.weight.new_full((batch, units), log(0.5))

    def chunk(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        *gates, v = self.read(x).chunk(self.parts, -1)  # (N, t, units) each
        keep, take = self.shares(*gates)
        logs = log_scan(keep, take + log_positive(v), state)
        return self.write(logs.exp()), logs[:, -1]

    def shares(self, *gates: Tensor) -> tuple[Tensor, Tensor]:
        """Logarithms of the shares, of sum 1, of the state before and of what comes in."""
        raise NotImplementedError


class GRU(Recurrence):
    """One gate."""

    def shares(self, *gates: Tensor) -> tuple[Tensor, Tensor]:
        (z,) = gates
        return F.logsigmoid(-z), F.logsigmoid(z)


class LSTM(Recurrence):
    """Two gates, whose shares are told by the difference of their logarithms."""

    def shares(self, *gates: Tensor) -> tuple[Tensor, Tensor]:
        f, i = gates
        lead = F.logsigmoid(f) - F.logsigmoid(i)
        return F.logsigmoid(lead), F.logsigmoid(-lead)


def log_positive(v: Tensor) -> Tensor:
    """The logarithm of g(v), which is v + 1/2 from 0 on and sigmoid(v) below."""
    return torch.where(v >= 0, (F.relu(v) + 0.5).log(), F.logsigmoid(v))


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [MinGRU, MinLSTM]
