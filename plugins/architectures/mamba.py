"""A selective state space model (Gu and Dao, Mamba, 2023)."""

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from seqbench import Architecture, hookimpl
from seqbench.kits.torch.convolution import ShortConvolution
from seqbench.kits.torch.scan import scan
from seqbench.kits.torch.stack import Layer, StackedArchitecture

CHUNK = 16  # steps whose states are held at once; backward computes them again
PACE = (0.001, 0.1)  # the step sizes' range at the start, even in its logarithm
SLOWEST = 1e-4


@dataclass(frozen=True, kw_only=True)
class Mamba(StackedArchitecture):
    """Blocks of a short convolution, a selective scan and a gate."""

    name = "mamba"
    source = "Gu and Dao, Mamba: linear-time sequence modeling with selective state spaces, 2023"
    width: int = 44
    ratio: float = 0.0  # of a perceptron's hidden width to the width; 0: no perceptron
    expansion: int = 2  # of the channels inside a block to the width
    state: int = 16  # numbers kept for each channel
    conv: int = 4  # steps of the convolution; 1: each by itself

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("expansion", "state", "conv")

    def layer(self, width: int) -> Layer:
        return Block(width, self.expansion * width, self.state, self.conv)


class Block(Layer):
    """The state is the convolution's past and the scan's h, (N, channels, state)."""

    def __init__(self, width: int, channels: int, state: int, conv: int) -> None:
        super().__init__()
        self.sizes = (-(-width // 16), state, state)  # the step size's rank, B and C
        self.enter = nn.Linear(width, 2 * channels, bias=False)
        self.conv = ShortConvolution(channels, conv)
        self.select = nn.Linear(channels, sum(self.sizes), bias=False)
        self.pace = nn.Linear(self.sizes[0], channels)
        self.decay = nn.Parameter(torch.arange(1.0, state + 1).log().repeat(channels, 1))
        self.skip = nn.Parameter(torch.ones(channels))
        self.leave = nn.Linear(channels, width, bias=False)
        self.start()

    @torch.no_grad()
    def start(self) -> None:
        """The step sizes: their weights U(-r, r) with r = rank ** -0.5, their biases by PACE."""
        bound = self.sizes[0] ** -0.5
        nn.init.uniform_(self.pace.weight, -bound, bound)
        least, most = map(log, PACE)
        pace = torch.empty_like(self.pace.bias).uniform_(least, most).exp().clamp(min=SLOWEST)
        self.pace.bias.copy_(pace + (-torch.expm1(-pace)).log())  # softplus of it is the pace

    def initial_state(self, batch: int) -> tuple[Tensor, Tensor]:
        return self.conv.initial_state(batch), self.decay.new_zeros(batch, *self.decay.shape)

    def chunk(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        x, gate = self.enter(x).chunk(2, -1)  # (N, t, channels)
        past, h = state
        x, past = self.conv.chunk(x, past)
        x = F.silu(x)
        rank, b, c = self.select(x).split(self.sizes, -1)
        pace, rate = F.softplus(self.pace(rank)), -self.decay.exp()
        out = []
        for part in zip(*(it.split(CHUNK, 1) for it in (x, pace, b, c)), strict=True):
            if torch.is_grad_enabled():
                y, h = checkpoint(
                    selected, *part, rate, h, use_reentrant=False, preserve_rng_state=False
                )
            else:
                y, h = selected(*part, rate, h)
            out.append(y)
        y = (torch.cat(out, 1) + self.skip * x) * F.silu(gate)
        return self.leave(y), (past, h)


def selected(
    x: Tensor, pace: Tensor, b: Tensor, c: Tensor, rate: Tensor, h: Tensor
) -> tuple[Tensor, Tensor]:
    """c h with h = exp(pace rate) h + pace b x, and the last h.

    x and pace (N, t, channels), b and c (N, t, state), rate (channels, state), below 0.
    """
    keep = (pace[..., None] * rate).exp()  # (N, t, channels, state)
    states = scan(keep, (pace * x)[..., None] * b[:, :, None], h)
    return (states @ c[..., None]).squeeze(-1), states[:, -1]


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [Mamba]
