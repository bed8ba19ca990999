"""Heads of scaled dot-product attention (Vaswani et al., 2017)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench_plugins.architectures.transformer.positions import Turn

Pair = tuple[Tensor, Tensor]  # keys and values, (N, heads, t, depth) each


class Attention(nn.Module):
    """Any width goes with any number of heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.depth = 2 * -(-width // (2 * heads))  # even, as rotations turn pairs
        self.read = nn.Linear(width, 3 * heads * self.depth, bias=False)
        self.write = nn.Linear(heads * self.depth, width, bias=False)

    def heads_of(self, x: Tensor, turn: Turn | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, (N, heads, T, depth), of x (N, T, width)."""
        q, k, v = self.read(x).unflatten(-1, (3, self.heads, self.depth)).unbind(2)
        q, k = (turned(it.transpose(1, 2), turn) for it in (q, k))
        return q, k, v.transpose(1, 2)

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, seen: Tensor | None = None, causal: bool = False
    ) -> Tensor:
        """Each query's mix of values, (N, T, width).

        `seen` says which keys count, or what is added to their scores; `causal`: those before.
        """
        y = F.scaled_dot_product_attention(q, k, v, seen, is_causal=causal)
        return self.write(y.transpose(1, 2).flatten(2))

    def nothing(self, batch: int) -> Pair:
        """Keys and values of no step."""
        empty = self.read.weight.new_empty(batch, self.heads, 0, self.depth)
        return empty, empty


def turned(x: Tensor, turn: Turn | None) -> Tensor:
    """x (..., T, depth) with each pair (x[i], x[i + depth / 2]) turned by its step's angle."""
    if turn is None:
        return x
    cos, sin = turn
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)
