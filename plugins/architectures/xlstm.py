"""Extended long short-term memory (Beck et al., 2024): exponential gates, and a matrix memory."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch.convolution import ShortConvolution
from seqbench.kits.torch.stack import Layer, Residual, Stack, StackedArchitecture

CHUNK = 32  # steps that a matrix memory takes in together
CONV = 4  # steps of the convolution before the gates
MOST = 80.0  # its exponential is within float32
Memory = tuple[Tensor, Tensor, Tensor]  # C, n and the logarithm m of what both are divided by


@dataclass(frozen=True, kw_only=True)
class XLSTM(StackedArchitecture):
    """Blocks of mLSTM and of sLSTM by turns: xLSTM[mlstm:slstm].

    Gates start as the authors' do (of sLSTM, by the smaller of their two ways)."""

    name = "xlstm"
    source = "Beck et al., xLSTM: extended long short-term memory, 2024"
    width: int = 40
    ratio: float = 4 / 3  # of the hidden width of an sLSTM block's perceptron to the width
    heads: int = 4
    mlstm: int = 1  # blocks in a row
    slstm: int = 1  # blocks in a row, after those

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("heads")
        if min(self.mlstm, self.slstm) < 0 or not self.mlstm + self.slstm:
            slip = f"xlstm.mlstm is {self.mlstm} and xlstm.slstm {self.slstm}"
            raise SeqbenchError(f"{slip}; they take 0 or more, and one of them 1 or more")

    def mixer(self, width: int, io: Signature) -> nn.Module:
        layers: list[Layer] = []
        for block in range(self.layers):
            if block % (self.mlstm + self.slstm) < self.mlstm:
                layers.append(Residual(width, MatrixBlock(width, self.heads)))
                continue
            layers.append(Residual(width, ScalarBlock(width, self.heads)))
            if self.ratio:
                hidden = max(1, round(self.ratio * width))
                layers.append(Residual(width, GatedPerceptron(width, hidden)))
        return Stack(layers, nn.LayerNorm(width))


class MatrixBlock(Layer):
    """mLSTM inside a projection to twice the width and a gate; any width goes with any heads.

    Queries, keys and values are read head by head; the paper reads them four channels at a time.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, depth = heads, -(-2 * width // heads)
        inner = heads * depth
        self.enter, self.leave = nn.Linear(width, 2 * inner), nn.Linear(inner, width)
        self.conv = ShortConvolution(inner, CONV)
        self.read = nn.Parameter(torch.empty(3, heads, depth, depth).uniform_(-1, 1) / depth**0.5)
        self.gates = nn.Linear(3 * inner, 2 * heads)  # of input and forgetting
        nn.init.zeros_(self.gates.weight)
        nn.init.normal_(self.gates.bias, std=0.1)
        self.gates.bias.data[heads:] = torch.linspace(3, 6, heads)
        self.norm, self.skip = nn.LayerNorm(depth), nn.Parameter(torch.ones(inner))

    def initial_state(self, batch: int) -> tuple[Tensor, Memory]:
        """No past, and an empty memory."""
        empty = self.read.new_zeros(batch, self.heads, self.read.shape[2], self.read.shape[2] + 2)
        return self.conv.initial_state(batch), (empty[..., 2:], empty[..., :1], empty[..., :1, :1])

    def chunk(self, x: Tensor, state: tuple[Tensor, Memory]) -> tuple[Tensor, tuple[Tensor, ...]]:
        x, gate = self.enter(x).chunk(2, -1)  # (N, t, inner)
        past, memory = state
        near, past = self.conv.chunk(x, past)
        near = F.silu(near)
        q, k, v = (
            (it.unflatten(-1, (self.heads, 1, -1)) @ weight).squeeze(-2)  # (N, t, heads, depth)
            for it, weight in zip((near, near, x), self.read, strict=True)
        )
        gates = self.gates(torch.cat([it.flatten(2) for it in (q, k, v)], -1))
        i, f = gates[..., None].chunk(2, 2)  # (N, t, heads, 1)
        parts = [it.transpose(1, 2).split(CHUNK, 2) for it in (q, k, v, i, F.logsigmoid(f))]
        out = []
        for part in zip(*parts, strict=True):
            y, memory = remembered(*part, memory)
            out.append(y)
        y = self.norm(torch.cat(out, 2)).transpose(1, 2).flatten(2) + self.skip * near
        return self.leave(y * F.silu(gate)), (past, memory)


def remembered(
    q: Tensor, k: Tensor, v: Tensor, i: Tensor, f: Tensor, memory: Memory
) -> tuple[Tensor, Memory]:
    """q C / max(|q n|, 1), C = f C + i k v, n = f n + i k; i and f (N, heads, t, 1) as logarithms.

    All is divided by e^m, m the largest logarithm that occurs.
    """
    c, n, m = memory
    k = k * k.shape[-1] ** -0.5
    fallen = f.cumsum(2)
    steps = torch.ones(q.shape[2], q.shape[2], dtype=torch.bool, device=q.device).tril()
    weights = (fallen + (i - fallen).mT).masked_fill(~steps, -torch.inf)  # (N, heads, t, t)
    before = fallen + m
    top = torch.maximum(weights.amax(-1, keepdim=True), before)
    scores, left = (q @ k.mT) * (weights - top).exp(), (before - top).exp()
    total = scores.sum(-1, keepdim=True) + left * (q @ n)
    y = (scores @ v + left * (q @ c)) / torch.maximum(total.abs(), (-top).clamp(max=MOST).exp())
    k = k * (weights[:, :, -1:].mT - top[:, :, -1:]).exp()
    left = left[:, :, -1:]
    return y, (left * c + k.mT @ v, left * n + k.sum(2)[..., None], top[:, :, -1:])


class ScalarBlock(Layer):
    """sLSTM: heads of cells that see their own head's last outputs, step by step.

    The state is the convolution's past and h, c, n and m, (heads, N, depth) each.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, depth = heads, -(-width // heads)
        self.conv = ShortConvolution(width, CONV)
        self.gates = nn.Linear(width, 2 * heads * depth, bias=False)  # of input and forgetting
        self.rest = nn.Linear(width, 2 * heads * depth, bias=False)  # new content and output
        self.recur = nn.Parameter(torch.zeros(heads, depth, 4 * depth))
        self.bias = nn.Parameter(torch.zeros(4, heads, depth))
        self.bias.data[1] = torch.linspace(3, 6, depth)
        self.norm, self.write = nn.LayerNorm(depth), nn.Linear(heads * depth, width)

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        heads, depth, _ = self.recur.shape
        zeros = self.recur.new_zeros(heads, batch, depth)
        return self.conv.initial_state(batch), zeros, zeros, zeros, zeros - torch.inf

    def chunk(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        past, *cell = state
        near, past = self.conv.chunk(x, past)
        read = torch.cat([self.gates(F.silu(near)), self.rest(x)], -1)  # (N, t, 4 heads depth)
        read = read.unflatten(-1, (4, self.heads, -1)) + self.bias
        out = []
        for now in read.permute(1, 3, 0, 2, 4).flatten(-2).unbind(0):  # (heads, N, 4 depth)
            cell = moved(now + cell[0] @ self.recur, *cell[1:])
            out.append(cell[0])
        y = self.norm(torch.stack(out, 2))  # (heads, N, t, depth)
        return self.write(y.permute(1, 2, 0, 3).flatten(2)), (past, *cell)


def moved(gates: Tensor, c: Tensor, n: Tensor, m: Tensor) -> list[Tensor]:
    """h = o c / n, c = f c + i tanh(z), n = f n + i, with i = e^gate; all divided by e^m."""
    i, f, z, o = gates.chunk(4, -1)
    kept = F.logsigmoid(f) + m
    top = torch.maximum(kept, i)
    i, f = (i - top).exp(), (kept - top).exp()
    c, n = f * c + i * z.tanh(), f * n + i
    return [o.sigmoid() * c / n, c, n, top]


class GatedPerceptron(Layer):
    """Each step by itself, a hidden layer times another."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(width, 2 * hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.first(x).chunk(2, -1)
        return self.last(F.gelu(gate) * value)


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [XLSTM]
