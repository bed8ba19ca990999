"""Gated linear attention (Yang et al., 2023)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import Architecture, hookimpl
from seqbench.kits.torch.stack import Layer, StackedArchitecture

CHUNK = 16  # steps that attend to each other directly; those before are a decaying sum
STEEPEST = -5.0  # the logarithm of the strongest decay: over half a chunk it stays within float32
SLOWNESS = 16.0  # the root that is taken of a gate
RANK = 16  # of the gate's matrix


@dataclass(frozen=True, kw_only=True)
class GLA(StackedArchitecture):
    """Linear attention whose sum over the past decays, key by key, as the input says."""

    name = "gla"
    source = "Yang et al., Gated linear attention transformers with hardware-efficient training, "
    source += "2023"
    width: int = 44
    heads: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("heads")

    def layer(self, width: int) -> Layer:
        return Attention(width, self.heads)


class Attention(Layer):
    """Heads of it, keys half as wide as values; any width goes with any number of heads.

    The state is the decaying sum of keys times values, (N, heads, keys, values).
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.keys, self.values = heads, -(-width // (2 * heads)), -(-width // heads)
        self.read = nn.Linear(width, 2 * heads * self.keys, bias=False)
        self.value = nn.Linear(width, heads * self.values, bias=False)
        self.decay = nn.Sequential(
            nn.Linear(width, RANK, bias=False), nn.Linear(RANK, heads * self.keys)
        )
        self.norm = nn.LayerNorm(self.values)
        self.gate = nn.Linear(width, heads * self.values)
        self.write = nn.Linear(heads * self.values, width, bias=False)

    def initial_state(self, batch: int) -> Tensor:
        """Zeros."""
        return self.read.weight.new_zeros(batch, self.heads, self.keys, self.values)

    def chunk(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        q, k = self.read(x).chunk(2, -1)
        fade = (F.logsigmoid(self.decay(x)) / SLOWNESS).clamp(min=STEEPEST)
        heads = (it.unflatten(-1, (self.heads, -1)) for it in (q, k, self.value(x), fade))
        parts = [it.transpose(1, 2).split(CHUNK, 2) for it in heads]
        out = []
        for part in zip(*parts, strict=True):
            y, state = attended(*part, state)
            out.append(y)
        y = self.norm(torch.cat(out, 2)).transpose(1, 2).flatten(2)  # (N, t, heads * values)
        return self.write(y * F.silu(self.gate(x))), state


def attended(q: Tensor, k: Tensor, v: Tensor, fade: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """q S with S = exp(fade) S + k v, for q, k and fade (N, heads, t, keys), and the last S.

    A key's decay up to a query is the quotient of two; both are told from the chunk's middle, so
    that neither is too large a number.
    """
    q = q * q.shape[-1] ** -0.5
    fallen = fade.cumsum(2)
    middle = fallen[:, :, fallen.shape[2] // 2, None]
    last = fallen[:, :, -1:]
    scores = ((q * (fallen - middle).exp()) @ (k * (middle - fallen).exp()).mT).tril()
    y = scores @ v + (q * fallen.exp()) @ state
    return y, last.exp().mT * state + (k * (last - fallen).exp()).mT @ v


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [GLA]
