"""Blocks of attention and a perceptron: all steps at once, or one at a time."""

from typing import Any, Literal

import torch
from torch import Tensor, nn

from seqbench.kits.torch import start_matrices
from seqbench_plugins.architectures.transformer.attention import Attention, Pair
from seqbench_plugins.architectures.transformer.positions import Positions, Turn

Cache = tuple[Any, ...]  # a Pair of each layer; then, with a window, how many steps have passed


class Blocks(nn.Module):
    """From (N, T, width) to (N, T, width), every step looking at all, or at those near by."""

    causal = False

    def __init__(self, blocks: list["Block"], positions: Positions, window: int = 0) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(blocks[0].width)
        self.positions, self.window = positions, window

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        at, keys = torch.arange(x.shape[1], device=x.device), None
        if lengths is not None:
            real = at < lengths.to(x.device)[:, None]
            x = x.masked_fill(~real[..., None], 0.0)  # weights of 0 would let a NaN through
            keys = real[:, None, None, :]  # (N, 1, 1, T)
        x = self.positions.added(x, at, x.shape[1] - 1)
        turn = self.positions.turn(at, x.dtype)
        seen = self.seen(at, None if self.causal else keys, x.dtype)
        for block in self.blocks:
            x = block(x, turn, seen, self.causal and seen is None)
        return self.norm(x)

    def seen(self, at: Tensor, keys: Tensor | None, like: torch.dtype) -> Tensor | None:
        """Which keys each step sees, (..., T, T), or what is added to their scores.

        Where neither a window nor a bias is there, it is `keys` as they are given.
        """
        far = at[:, None] - at  # from key to query
        bias, narrow = self.positions.bias(far, like), 0 < self.window < len(at)
        if bias is None and not narrow:
            return keys
        near = far.abs() < self.window if narrow else torch.ones_like(far, dtype=torch.bool)
        if self.causal:
            near = near & (far >= 0)
        if keys is not None:  # padding with no other key near sees itself: no row is without one
            near = near & keys | (far == 0)
        return near if bias is None else bias.masked_fill(~near, -torch.inf)


class Causal(Blocks):
    """Every step looking at itself and those before it; all at once, or a step at a time."""

    causal = True

    def initial_state(self, batch: int) -> Cache:
        """No keys and no values, for each layer."""
        pairs = tuple(block.attention.nothing(batch) for block in self.blocks)
        return (*pairs, self.passed(0)) if self.window else pairs

    def passed(self, steps: int) -> Tensor:
        """As many steps, (1,)."""
        return torch.tensor([steps], device=self.norm.weight.device)

    def step(self, x: Tensor, state: Cache) -> tuple[Tensor, Cache]:
        """From x (N, width) and the keys and values before to y (N, width) and those after.

        Of a window no more is kept than the next step sees, and how many steps have passed.
        """
        have = state[0][0].shape[2] + 1
        *before, now = state if self.window else (*state, self.passed(have - 1))
        x, after = self.positions.added(x[:, None], now, now), []
        turn = self.positions.turn(now, x.dtype)
        bias = self.positions.bias(torch.arange(have - 1, -1, -1, device=x.device), x.dtype)
        seen = None if bias is None else bias[:, None]  # (heads, 1, keys)
        drop = max(0, have + 1 - self.window) if self.window else 0
        for block, pair in zip(self.blocks, before, strict=True):
            x, (k, v) = block.step(x, turn, pair, seen)
            after.append((k[:, :, drop:], v[:, :, drop:]))
        if self.window:
            after.append(now + 1)
        return self.norm(x)[:, 0], tuple(after)


class Block(nn.Module):
    """Attention, then a perceptron, each of a normalised input and added to it."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.width = width
        self.attention = Attention(width, heads)
        self.perceptron = nn.Sequential(
            nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width)
        )
        self.before_attention, self.before_perceptron = nn.LayerNorm(width), nn.LayerNorm(width)

    def start(self, init: Literal["xavier", "orthogonal"]) -> None:
        """Draw the matrices anew, queries', keys' and values' each by itself; biases are 0."""
        start_matrices(self.attention.read.weight, init, 3)
        start_matrices(self.attention.write.weight, init)
        for layer in self.perceptron:
            if isinstance(layer, nn.Linear):
                start_matrices(layer.weight, init)
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, turn: Turn | None, seen: Tensor | None, causal: bool) -> Tensor:
        q, k, v = self.attention.heads_of(self.before_attention(x), turn)
        x = x + self.attention(q, k, v, seen, causal)
        return x + self.perceptron(self.before_perceptron(x))

    def step(
        self, x: Tensor, turn: Turn | None, before: Pair, seen: Tensor | None
    ) -> tuple[Tensor, Pair]:
        """One step, x (N, 1, width), with the keys and values of those before it."""
        q, k, v = self.attention.heads_of(self.before_attention(x), turn)
        k, v = torch.cat([before[0], k], 2), torch.cat([before[1], v], 2)
        x = x + self.attention(q, k, v, seen)
        return x + self.perceptron(self.before_perceptron(x)), (k, v)
