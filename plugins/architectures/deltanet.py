"""The delta rule as a layer (Schlag et al., 2021), in parallel over steps (Yang et al., 2024)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import Architecture, hookimpl
from seqbench.kits.torch.convolution import ShortConvolution
from seqbench.kits.torch.stack import Layer, StackedArchitecture

CHUNK = 32  # steps whose writings are worked out together
State = tuple[Tensor, Tensor]  # the convolution's past, and what each key is bound to


@dataclass(frozen=True, kw_only=True)
class DeltaNet(StackedArchitecture):
    """A matrix from keys to values; each step corrects what its key gives towards its value."""

    name = "deltanet"
    source = "Schlag, Irie and Schmidhuber, 2021; Yang et al., Parallelizing linear transformers "
    source += "with the delta rule over sequence length, 2024"
    width: int = 44
    heads: int = 4
    conv: int = 4  # steps of the convolution of queries, keys and values; 1: each by itself

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("heads", "conv")

    def layer(self, width: int) -> Layer:
        return Delta(width, self.heads, self.conv)


class Delta(Layer):
    """Heads of it; any width goes with any number of heads."""

    def __init__(self, width: int, heads: int, conv: int) -> None:
        super().__init__()
        self.heads, self.depth = heads, -(-width // heads)
        self.read = nn.Linear(width, 3 * heads * self.depth, bias=False)
        self.conv = ShortConvolution(3 * heads * self.depth, conv)
        self.rate = nn.Linear(width, heads, bias=False)
        self.norm = nn.RMSNorm(self.depth, eps=1e-5)
        self.write = nn.Linear(heads * self.depth, width, bias=False)

    def initial_state(self, batch: int) -> State:
        """No past, and keys bound to 0."""
        zeros = self.read.weight.new_zeros(batch, self.heads, self.depth, self.depth)
        return self.conv.initial_state(batch), zeros

    def chunk(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        past, bound = state
        rate = self.rate(x).sigmoid()  # (N, t, heads)
        read, past = self.conv.chunk(self.read(x), past)
        q, k, v = F.silu(read).unflatten(-1, (3, self.heads, self.depth)).unbind(2)
        q, k = F.normalize(q, dim=-1), F.normalize(k, dim=-1)
        parts = [it.transpose(1, 2).split(CHUNK, 2) for it in (q, k, v, rate[..., None])]
        out = []
        for part in zip(*parts, strict=True):
            y, bound = corrected(*part, bound)
            out.append(y)
        y = self.norm(torch.cat(out, 2)).transpose(1, 2).flatten(2)  # (N, t, heads * depth)
        return self.write(y), (past, bound)


def corrected(
    q: Tensor, k: Tensor, v: Tensor, rate: Tensor, bound: Tensor
) -> tuple[Tensor, Tensor]:
    """q S with S = S + rate k (v - k S), (N, heads, t, depth) each, and the last S.

    What a step writes depends on what the steps before wrote: u = rate (v - k S0) - rate (k k') u
    below the diagonal, a triangular system for all u of the chunk.
    """
    tied = (rate * (k @ k.mT)).tril(-1)  # (N, heads, t, t)
    wanted = rate * (v - k @ bound)
    written = torch.linalg.solve_triangular(tied, wanted, upper=False, unitriangular=True)
    return (q @ k.mT).tril() @ written + q @ bound, bound + k.mT @ written


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [DeltaNet]
