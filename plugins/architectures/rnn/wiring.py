"""Recurrent networks in which something else than a layer's whole output comes back to it."""

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench.kits.torch import start_matrices
from seqbench.kits.torch.stack import Layer, Stack
from seqbench_plugins.architectures.rnn.elman import Init

Wiring = Literal["direct", "lateral", "full", "indirect"]
BENDS = {"tanh": torch.tanh, "relu": torch.relu}


class Wired(Stack):
    """Layers h = f(W x + b + what comes back), from (N, T, width) to (N, T, width).

    `ends` are the layers that indirect feedback goes to and comes from, counted from 1. Layers
    that must be run together, as one hears of a later one, are one Loop.
    """

    def __init__(
        self,
        width: int,
        layers: int,
        nonlinearity: Literal["tanh", "relu"],
        init: Init,
        wiring: Wiring,
        ends: tuple[int, int],
    ) -> None:
        def loop(size: int, back: nn.Module) -> Layer:
            return Loop(width, size, nonlinearity, back)

        parts: list[Layer]
        if wiring == "full":
            parts = [loop(layers, Dense(layers * width, init))]
        elif wiring == "indirect":
            to, last = ends
            parts = [Feed(width, nonlinearity) for _ in range(1, to)]
            parts += [loop(last - to + 1, Dense(width, init))]
            parts += [Feed(width, nonlinearity) for _ in range(last, layers)]
        else:
            kind = Direct if wiring == "direct" else Lateral
            parts = [loop(1, kind(width, init)) for _ in range(layers)]
        super().__init__(parts, nn.Identity())
        if init != "uniform":
            self.start(init)

    @torch.no_grad()
    def start(self, init: Init) -> None:
        """Biases at zero, and what reads from below as it is in an Elman network."""
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.zeros_(layer.bias)
                if init == "identity":
                    nn.init.normal_(layer.weight, std=0.001)
                else:
                    start_matrices(layer.weight, "xavier")

    def flops(self, batch: int, steps: int) -> int:
        """Of a forward pass: every matrix is used once a step."""
        with torch.no_grad():
            backs = [it.back() for it in self.layers if isinstance(it, Loop)]
        reads = [it.weight for it in self.modules() if isinstance(it, nn.Linear)]
        return 2 * batch * steps * sum(w.numel() for w in (*backs, *reads) if w.ndim == 2)


class Feed(Layer):
    """f(W x + b), with nothing that comes back."""

    def __init__(self, width: int, nonlinearity: Literal["tanh", "relu"]) -> None:
        super().__init__()
        self.read, self.bend = nn.Linear(width, width), BENDS[nonlinearity]

    def forward(self, x: Tensor) -> Tensor:
        return self.bend(self.read(x))


class Loop(Layer):
    """Layers run a step at a time, one above the other.

    What the last of them gave a step ago comes back to as many of the first, through what
    `back()` gives: a matrix (fed, fed), or a diagonal (fed,). The state is what comes back,
    (N, fed).
    """

    def __init__(
        self, width: int, layers: int, nonlinearity: Literal["tanh", "relu"], back: nn.Module
    ) -> None:
        super().__init__()
        self.reads: Any = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.bend, self.back = BENDS[nonlinearity], back
        self.fed = back.units // width  # layers

    def initial_state(self, batch: int) -> Tensor:
        """Zeros."""
        weight = self.reads[0].weight
        return weight.new_zeros(batch, self.fed * len(weight))

    def chunk(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        first, *above = self.reads
        back, out = self.back(), []
        for now in first(x).unbind(1):  # (N, width)
            more = state * back if back.ndim == 1 else state @ back.T
            mine, *others = more.chunk(self.fed, 1)
            units = [self.bend(now + mine)]
            for at, layer in enumerate(above):
                sums = layer(units[-1])
                units.append(self.bend(sums + others[at] if at < len(others) else sums))
            state = torch.cat(units[-self.fed :], 1) if self.fed > 1 else units[-1]
            out.append(units[-1])
        return torch.stack(out, 1), state


class Direct(nn.Module):
    """Each unit's weight to itself, (units,).

    It starts in U(-1, 1), by torch's rule for what one unit feeds; at 1 with identity, and at 1
    or -1 with orthogonal. xavier is of matrices, and leaves it as it is.
    """

    def __init__(self, units: int, init: Init) -> None:
        super().__init__()
        self.units, self.weight = units, nn.Parameter(torch.empty(units).uniform_(-1, 1))
        if init == "orthogonal":
            self.weight.data.sign_()
        elif init == "identity":
            nn.init.ones_(self.weight)

    def forward(self) -> Tensor:
        return self.weight


class Dense(nn.Module):
    """Weights to every unit from every unit, (units, units)."""

    def __init__(self, units: int, init: Init) -> None:
        super().__init__()
        self.units, self.weight = units, nn.Parameter(torch.empty(units, units))
        draw(self.weight, units, init)

    def forward(self) -> Tensor:
        return self.weight


class Lateral(nn.Module):
    """Weights to every unit from every other: (units - 1, units), the diagonal left out.

    They are kept in the order of the matrix's rows. With xavier and orthogonal the whole matrix
    is drawn, and its diagonal then taken away.
    """

    def __init__(self, units: int, init: Init) -> None:
        super().__init__()
        self.units = units
        whole = torch.empty(units, units)
        draw(whole, max(1, units - 1), init)
        # Without its first number, the diagonal's others stand last in rows of units + 1.
        apart = whole.flatten()[1:].view(units - 1, units + 1)[:, :-1]
        self.weight = nn.Parameter(apart.clone())

    def forward(self) -> Tensor:
        """The matrix, (units, units), with a diagonal of zeros."""
        return F.pad(F.pad(self.weight, (0, 1)).flatten(), (1, 0)).view(self.units, self.units)


@torch.no_grad()
def draw(weight: Tensor, feeding: int, init: Init) -> None:
    """What a matrix from units to units starts with; `feeding` is how many feed one."""
    if init == "uniform":
        nn.init.uniform_(weight, -(feeding**-0.5), feeding**-0.5)
    elif init == "identity":
        nn.init.eye_(weight)
    else:
        start_matrices(weight, init)
