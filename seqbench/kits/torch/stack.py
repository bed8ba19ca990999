"""What surrounds a layer that mixes steps: residual blocks, normalised first, in layers."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from seqbench.contract.errors import SeqbenchError
from seqbench.contract.signature import Signature
from seqbench.kits.torch.architecture import TorchArchitecture

State = Any  # tensors, and tuples of them


class Layer(nn.Module):
    """From (N, T, width) to (N, T, width): all at once, in chunks, or a step at a time.

    A subclass says how it goes on from a state, `chunk`, and what it starts with,
    `initial_state`; the rest follows. One that keeps nothing overrides `forward` alone.
    """

    def initial_state(self, batch: int) -> State:
        """What is known before the first step; nothing, unless a subclass says more."""
        return ()

    def chunk(self, x: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Some steps, x (N, t, width), on from a state or the start; and the state after."""
        return self(x), ()

    def forward(self, x: Tensor) -> Tensor:
        """All steps, from the start."""
        return self.chunk(x, self.initial_state(len(x)))[0]

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """From x (N, width) and the state before to y (N, width) and the state after."""
        y, state = self.chunk(x[:, None], state)
        return y[:, 0], state


class Perceptron(Layer):
    """Each step by itself, through a hidden layer (Vaswani et al., 2017; GELU)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """From x (N, T, width)."""
        y: Tensor = self.last(nn.functional.gelu(self.first(x)))
        return y


class Residual(Layer):
    """x + layer(norm(x)) (He et al., 2016; pre-norm: Xiong et al., 2020)."""

    def __init__(self, width: int, layer: Layer) -> None:
        super().__init__()
        self.norm, self.layer = nn.LayerNorm(width), layer

    def initial_state(self, batch: int) -> State:
        """The layer's."""
        return self.layer.initial_state(batch)

    def chunk(self, x: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Some steps, on from the layer's state."""
        y, state = self.layer.chunk(self.norm(x), state)
        return x + y, state

    def forward(self, x: Tensor) -> Tensor:
        """All steps, from the start."""
        y: Tensor = x + self.layer(self.norm(x))
        return y


class Stack(Layer):
    """Layers one after the other, and something at the end, as a rule a normalisation."""

    def __init__(self, layers: list[Layer], end: nn.Module) -> None:
        super().__init__()
        self.layers: Any = nn.ModuleList(layers)
        self.end = end

    def initial_state(self, batch: int) -> State:
        """Each layer's, in a tuple."""
        return tuple(layer.initial_state(batch) for layer in self.layers)

    def chunk(self, x: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Some steps, on from the layers' states, or None at the start."""
        after = []
        for layer, before in zip(self.layers, state or self.initial_state(len(x)), strict=True):
            x, now = layer.chunk(x, before)
            after.append(now)
        return self.end(x), tuple(after)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """All steps, padding set to 0: a weight of 0 would let a NaN of it through."""
        if lengths is not None:
            real = torch.arange(x.shape[1], device=x.device) < lengths.to(x.device)[:, None]
            x = x.masked_fill(~real[..., None], 0.0)
        for layer in self.layers:
            x = layer(x)
        y: Tensor = self.end(x)
        return y


@dataclass(frozen=True, kw_only=True)
class StackedArchitecture(TorchArchitecture):
    """Say `layer(width)`; it stands in residual blocks, with a perceptron after each."""

    layers: int = 2
    ratio: float = 2.0  # of a perceptron's hidden width to the width; 0: no perceptron

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("layers")
        if not 0 <= self.ratio <= 1000:
            raise SeqbenchError(
                f"{self.name}.ratio is {self.ratio}; it takes 0 or a number to 1000"
            )

    def layer(self, width: int) -> Layer:
        """What mixes steps, for the author to write."""
        raise NotImplementedError(f"{type(self).__name__} needs layer(width) or mixer(width, io)")

    def mixer(self, width: int, io: Signature) -> nn.Module:
        """Blocks of the layer and a perceptron, each with its residual path."""
        hidden = max(1, round(self.ratio * width))
        layers: list[Layer] = []
        for _ in range(self.layers):
            layers.append(Residual(width, self.layer(width)))
            if self.ratio:
                layers.append(Residual(width, Perceptron(width, hidden)))
        return Stack(layers, nn.LayerNorm(width))
