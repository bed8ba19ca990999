"""The linear recurrent unit (Orvieto et al., 2023)."""

from dataclasses import dataclass
from math import pi

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import Architecture, SeqbenchError, hookimpl
from seqbench.kits.torch.scan import scan
from seqbench.kits.torch.stack import Layer, StackedArchitecture


@dataclass(frozen=True, kw_only=True)
class LRU(StackedArchitecture):
    """A complex diagonal linear recurrence, then a gated linear unit."""

    name = "lru"
    source = "Orvieto et al., Resurrecting recurrent neural networks for long sequences, 2023"
    width: int = 52
    ratio: float = 0.0  # of a perceptron's hidden width to the width; 0: no perceptron
    state: int = 52  # complex numbers kept in each layer
    least: float = 0.0  # size of the eigenvalues at the start, from here
    most: float = 0.99  # to here
    phase: float = 2 * pi  # of the eigenvalues at the start, at most

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("state")
        if not 0 <= self.least < self.most < 1:
            slip = f"lru.least is {self.least} and lru.most {self.most}"
            raise SeqbenchError(f"{slip}; they take numbers from 0 to below 1, least below most")
        if not 0 < self.phase <= 2 * pi:
            raise SeqbenchError(f"lru.phase is {self.phase}; it takes a number above 0, to 2 pi")

    def layer(self, width: int) -> Layer:
        return Unit(width, self.state, (self.least, self.most), self.phase)


class Unit(Layer):
    """Re(C h) + D x with h = lambda h + gamma B x, bent and gated; the state is h, complex."""

    def __init__(self, width: int, state: int, ring: tuple[float, float], phase: float) -> None:
        super().__init__()
        least, most = (bound**2 for bound in ring)
        size = (least + (most - least) * torch.rand(state)).clamp(min=1e-12)  # squared
        turn = (phase * torch.rand(state)).clamp(min=1e-6)
        self.decay = nn.Parameter((-0.5 * size.log()).log())  # lambda = exp(-e^decay + i e^turn)
        self.turn = nn.Parameter(turn.log())
        self.gain = nn.Parameter((1 - size).sqrt().log())  # gamma = e^gain
        # Real above imaginary parts; B and C have variance 1 / inputs, halved between the two.
        self.read = nn.Parameter(torch.randn(2 * state, width) / (2 * width) ** 0.5)
        self.write = nn.Parameter(torch.randn(width, 2 * state) / state**0.5)
        self.skip = nn.Parameter(torch.randn(width))
        self.gate = nn.Linear(width, 2 * width)

    def initial_state(self, batch: int) -> Tensor:
        """Zeros, (N, state)."""
        zeros = self.decay.new_zeros(batch, len(self.decay))
        return torch.complex(zeros, zeros)

    def chunk(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        keep = torch.polar((-self.decay.exp()).exp(), self.turn.exp())
        real, imaginary = (F.linear(x, self.read) * self.gain.exp().repeat(2)).chunk(2, -1)
        taken = torch.complex(real, imaginary)  # (N, t, state)
        h = scan(keep.expand_as(taken), taken, state)
        y = F.linear(torch.cat([h.real, -h.imag], -1), self.write) + self.skip * x
        return F.glu(self.gate(F.gelu(y))), h[:, -1]


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [LRU]
