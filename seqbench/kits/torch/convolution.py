"""A convolution that sees no later step."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench.kits.torch.stack import Layer


class ShortConvolution(Layer):
    """Each channel with its own last `steps` inputs, x (N, T, channels); its state is the past.

    Weights start as torch's own convolutions do.
    """

    def __init__(self, channels: int, steps: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, 1, steps))
        self.bias = nn.Parameter(torch.empty(channels))
        for weight in (self.weight, self.bias):
            nn.init.uniform_(weight, -(steps**-0.5), steps**-0.5)

    def initial_state(self, batch: int) -> Tensor:
        """Zeros, (N, steps - 1, channels)."""
        channels, _, steps = self.weight.shape
        return self.weight.new_zeros(batch, steps - 1, channels)

    def chunk(self, x: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """From x (N, t, channels) and the inputs before it."""
        before = self.initial_state(len(x)) if state is None else state
        seen = torch.cat([before, x], 1)
        y = F.conv1d(seen.mT, self.weight, self.bias, groups=len(self.weight))
        return y.mT, seen[:, x.shape[1] :]
