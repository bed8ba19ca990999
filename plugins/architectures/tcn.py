"""The temporal convolutional network (Bai, Kolter and Koltun, 2018)."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture
from seqbench.kits.torch.stack import Layer, Stack

Init = Literal["uniform", "normal"]


@dataclass(frozen=True, kw_only=True)
class TCN(TorchArchitecture):
    """Convolutions that see no later step, each block's taps twice as far apart as the last's."""

    name = "tcn"
    source = "Bai, Kolter and Koltun, An empirical evaluation of generic convolutional and "
    source += "recurrent networks for sequence modeling, 2018"
    width: int = 33
    layers: int = 5  # blocks of two convolutions; 1 + 2 (kernel - 1) (2^layers - 1) steps are seen
    kernel: int = 3  # taps
    block_dropout: float = 0.0  # of whole channels, after each convolution
    # N(0, 0.01) is what the authors' program asks for; but it sets weights that are computed anew
    # from a direction and a length, and trains from torch's own start.
    init: Init = "uniform"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("layers", "kernel")
        if self.layers > 24:
            raise SeqbenchError(f"tcn.layers is {self.layers}; it takes 1 to 24")
        if not 0 <= self.block_dropout < 1:
            slip = f"tcn.block_dropout is {self.block_dropout}"
            raise SeqbenchError(f"{slip}; it takes a number from 0 to below 1")

    def mixer(self, width: int, io: Signature) -> nn.Module:
        blocks: list[Layer] = [
            Block(width, self.kernel, 2**level, self.block_dropout, self.init)
            for level in range(self.layers)
        ]
        return Stack(blocks, nn.Identity())


class Block(Layer):
    """relu(x + two convolutions of x), each followed by a relu and by dropout."""

    def __init__(self, width: int, kernel: int, apart: int, dropout: float, init: Init) -> None:
        super().__init__()
        self.one, self.two = (Convolution(width, kernel, apart, init) for _ in range(2))
        self.dropout = nn.Dropout1d(dropout)

    def initial_state(self, batch: int) -> tuple[Tensor, Tensor]:
        return self.one.initial_state(batch), self.two.initial_state(batch)

    def chunk(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        y, after = x, []
        for convolution, before in zip((self.one, self.two), state, strict=True):
            y, past = convolution.chunk(y, before)
            y = self.dropout(F.relu(y).mT).mT  # Dropout1d takes (N, channels, t)
            after.append(past)
        return F.relu(x + y), tuple(after)


class Convolution(Layer):
    """A dilated convolution whose weights are a direction times a length, channel by channel.

    Weight normalisation is that of Salimans and Kingma, 2016. The state is the inputs that later
    steps still see, (N, (kernel - 1) apart, width).
    """

    def __init__(self, width: int, kernel: int, apart: int, init: Init) -> None:
        super().__init__()
        self.apart, bound = apart, (width * kernel) ** -0.5
        self.direction = nn.Parameter(torch.empty(width, width, kernel).uniform_(-bound, bound))
        if init == "normal":
            nn.init.normal_(self.direction, std=0.01)
        self.length = nn.Parameter(self.direction.detach().norm(dim=(1, 2)))
        self.bias = nn.Parameter(torch.empty(width).uniform_(-bound, bound))

    def initial_state(self, batch: int) -> Tensor:
        """Zeros: before the start there is nothing."""
        _, width, kernel = self.direction.shape
        return self.direction.new_zeros(batch, (kernel - 1) * self.apart, width)

    def chunk(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        seen = torch.cat([state, x], 1)
        scale = self.length / self.direction.norm(dim=(1, 2))
        weight = self.direction * scale[:, None, None]
        y = F.conv1d(seen.mT, weight, self.bias, dilation=self.apart)
        return y.mT, seen[:, x.shape[1] :]


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [TCN]
