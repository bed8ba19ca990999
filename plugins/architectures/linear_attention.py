"""Linear attention (Katharopoulos et al., 2020)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import Architecture, Signature, hookimpl
from seqbench.kits.torch.stack import Layer, Stack, StackedArchitecture

CHUNK = 32  # steps that attend to each other directly; those before are a sum
EPSILON = 1e-6  # keeps the sum of weights above 0, as the authors' program does
State = tuple[Tensor, Tensor]  # sums of keys times values, and of keys
BASE = 10_000.0  # the slowest of the positions' waves is so much slower than the fastest


@dataclass(frozen=True, kw_only=True)
class LinearAttention(StackedArchitecture):
    """Attention whose weights are products of positive features of query and key."""

    name = "linear_attention"
    source = "Katharopoulos et al., Transformers are RNNs, 2020"
    width: int = 40
    ratio: float = 3.0
    heads: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("heads")

    def layer(self, width: int) -> Layer:
        return Attention(width, self.heads)

    def mixer(self, width: int, io: Signature) -> nn.Module:
        return Stack([Positions(width), super().mixer(width, io)], nn.Identity())


class Positions(Layer):
    """x + a wave for each channel (Vaswani et al., 2017); its state is how many steps there were.

    The sum over the past does not tell its steps apart by itself.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        at = torch.arange(width)
        self.register_buffer("pace", BASE ** -(2 * (at // 2) / width), persistent=False)
        self.register_buffer("shift", (at % 2) * torch.pi / 2, persistent=False)

    def initial_state(self, batch: int) -> Tensor:
        """No steps."""
        return torch.zeros((), dtype=torch.int64, device=self.pace.device)

    def chunk(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        steps = state + torch.arange(x.shape[1], device=x.device)
        # In float64: a late position times a fast pace is a large angle, and must be a sharp one.
        angles = steps.double()[:, None] * self.pace.double() + self.shift.double()
        return x + angles.sin().to(x.dtype), state + x.shape[1]


class Attention(Layer):
    """Heads of it; any width goes with any number of heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.depth = heads, -(-width // heads)
        self.read = nn.Linear(width, 3 * heads * self.depth, bias=False)
        self.write = nn.Linear(heads * self.depth, width, bias=False)

    def initial_state(self, batch: int) -> State:
        """Sums over no steps."""
        zeros = self.read.weight.new_zeros(batch, self.heads, self.depth, self.depth + 1)
        return zeros[..., 1:], zeros[..., :1]

    def chunk(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        q, k, v = self.read(x).unflatten(-1, (3, self.heads, self.depth)).unbind(2)
        parts = [it.transpose(1, 2).split(CHUNK, 2) for it in (F.elu(q) + 1, F.elu(k) + 1, v)]
        out = []
        for part in zip(*parts, strict=True):
            y, state = attended(*part, state)
            out.append(y)
        return self.write(torch.cat(out, 2).transpose(1, 2).flatten(2)), state


def attended(q: Tensor, k: Tensor, v: Tensor, state: State) -> tuple[Tensor, State]:
    """Averages of values weighed by q k, (N, heads, t, depth) all, and the sums after them."""
    values, weights = state
    scores = (q @ k.mT).tril()  # (N, heads, t, t)
    total = scores.sum(-1, keepdim=True) + q @ weights
    y = (scores @ v + q @ values) / (total + EPSILON)
    return y, (values + k.mT @ v, weights + k.sum(2)[..., None])


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [LinearAttention]
