"""The Transformer (Vaswani et al., 2017), with normalisation first and rotary positions."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture, start_matrices

BASE = 10_000.0  # the slowest pair turns by 1 / BASE a step
Init = Literal["uniform", "xavier", "orthogonal"]
Turn = tuple[Tensor, Tensor]  # cosines and sines
Pair = tuple[Tensor, Tensor]  # keys and values, (N, heads, t, depth) each
Cache = tuple[Pair, ...]  # of each layer


@dataclass(frozen=True, kw_only=True)
class Transformer(TorchArchitecture):
    """Attention and a perceptron by turns. It looks ahead only where the task is not causal."""

    name = "transformer"
    source = "Vaswani et al., 2017; pre-norm: Xiong et al., 2020; rotary positions: Su et al., 2021"
    width: int = 40
    layers: int = 2
    heads: int = 4
    ratio: float = 3.0  # of the perceptron's hidden width to the width
    init: Init = "uniform"  # of the blocks' matrices; xavier is the paper's

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("layers", "heads")
        if not 0 < self.ratio <= 1000:
            raise SeqbenchError(
                f"transformer.ratio is {self.ratio}; it takes a number above 0, to 1000"
            )

    def mixer(self, width: int, io: Signature) -> nn.Module:
        hidden = max(1, round(self.ratio * width))
        blocks = [Block(width, self.heads, hidden) for _ in range(self.layers)]
        if self.init != "uniform":
            for block in blocks:
                block.start(self.init)
        return Causal(blocks) if io.causal else Blocks(blocks)


class Blocks(nn.Module):
    """From (N, T, width) to (N, T, width), every step looking at all."""

    causal = False

    def __init__(self, blocks: list["Block"]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(blocks[0].width)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        keys = None
        if lengths is not None:
            real = torch.arange(x.shape[1], device=x.device) < lengths.to(x.device)[:, None]
            x = x.masked_fill(~real[..., None], 0.0)  # weights of 0 would let a NaN through
            keys = real[:, None, None, :]  # (N, 1, 1, T)
        turn = self.blocks[0].attention.rotation(torch.arange(x.shape[1], device=x.device))
        for block in self.blocks:
            x = block(x, turn, None if self.causal else keys, self.causal)
        return self.norm(x)


class Causal(Blocks):
    """Every step looking at itself and those before it; all at once, or a step at a time."""

    causal = True

    def initial_state(self, batch: int) -> Cache:
        """No keys and no values, for each layer."""
        return tuple(block.attention.nothing(batch) for block in self.blocks)

    def step(self, x: Tensor, state: Cache) -> tuple[Tensor, Cache]:
        """From x (N, width) and the keys and values before to y (N, width) and those after."""
        x, after = x[:, None], []
        now = torch.tensor([state[0][0].shape[2]], device=x.device)
        turn = self.blocks[0].attention.rotation(now)
        for block, before in zip(self.blocks, state, strict=True):
            x, cache = block.step(x, turn, before)
            after.append(cache)
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

    def forward(self, x: Tensor, turn: Turn, keys: Tensor | None, causal: bool) -> Tensor:
        q, k, v = self.attention.heads_of(self.before_attention(x), turn)
        x = x + self.attention(q, k, v, keys, causal)
        return x + self.perceptron(self.before_perceptron(x))

    def step(self, x: Tensor, turn: Turn, before: Pair) -> tuple[Tensor, Pair]:
        """One step, x (N, 1, width), with the keys and values of those before it."""
        q, k, v = self.attention.heads_of(self.before_attention(x), turn)
        k, v = torch.cat([before[0], k], 2), torch.cat([before[1], v], 2)
        x = x + self.attention(q, k, v)
        return x + self.perceptron(self.before_perceptron(x)), (k, v)


class Attention(nn.Module):
    """Heads of scaled dot-product attention; any width goes with any number of heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.depth = 2 * -(-width // (2 * heads))  # even, as rotations turn pairs
        self.read = nn.Linear(width, 3 * heads * self.depth, bias=False)
        self.write = nn.Linear(heads * self.depth, width, bias=False)

    def heads_of(self, x: Tensor, turn: Turn) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, (N, heads, T, depth), of x (N, T, width)."""
        q, k, v = self.read(x).unflatten(-1, (3, self.heads, self.depth)).unbind(2)
        q, k = (turned(it.transpose(1, 2), turn) for it in (q, k))
        return q, k, v.transpose(1, 2)

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, keys: Tensor | None = None, causal: bool = False
    ) -> Tensor:
        y = F.scaled_dot_product_attention(q, k, v, keys, is_causal=causal)
        return self.write(y.transpose(1, 2).flatten(2))  # (N, T, width)

    def rotation(self, positions: Tensor) -> Turn:
        """Cosines and sines, (T, depth / 2), of the angles by which pairs turn at each position."""
        pairs = torch.arange(0, self.depth, 2, device=positions.device)
        # In float64: a late position times a fast turn is a large angle, and must be a sharp one.
        angles = positions.double()[:, None] * BASE ** (-pairs.double() / self.depth)
        like = self.read.weight.dtype
        return angles.cos().to(like), angles.sin().to(like)

    def nothing(self, batch: int) -> Pair:
        """Keys and values of no step."""
        empty = self.read.weight.new_empty(batch, self.heads, 0, self.depth)
        return empty, empty


def turned(x: Tensor, turn: Turn) -> Tensor:
    """x (..., T, depth) with each pair (x[i], x[i + depth / 2]) turned by its step's angle."""
    cos, sin = turn
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [Transformer]
