"""Where a cost is measured, and what is done there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from seqbench import Architecture, SeqbenchError, Signature, Tokens
from seqbench.kits.torch import TorchArchitecture, apply

Pass = Literal["forward", "training"]


@dataclass(frozen=True, order=True)
class Line:
    """All lengths of one architecture, at one width and batch, in one pass."""

    architecture: str
    width: int
    batch: int
    way: Pass

    @property
    def at(self) -> dict[str, Any]:
        """As coordinates."""
        whole = {"architecture": self.architecture, "width": self.width, "batch": self.batch}
        return {**whole, "pass": self.way}


@dataclass(frozen=True, order=True)
class Place:
    """One length of a line."""

    line: Line
    length: int

    @property
    def at(self) -> dict[str, Any]:
        """As coordinates."""
        return {**self.line.at, "length": self.length}


@dataclass(frozen=True)
class Fate:
    """Why there is no number at a place: the measurement's name, its value and its unit."""

    name: Literal["out_of_memory", "too_slow", "failed"]
    value: float = 1.0
    unit: str = ""
    why: str = ""

    @property
    def final(self) -> bool:
        """Whether longer sequences must fare the same."""
        return self.name != "failed"


@dataclass(frozen=True)
class Entrant:
    """An architecture at one width, and how its network is made."""

    architecture: TorchArchitecture
    io: Signature
    device: str = "cpu"

    @property
    def whole(self) -> bool:
        """Whether its author owns the whole network, so that there is no bare mixer."""
        return owns_all(self.architecture)

    def network(self, length: int) -> nn.Module:
        """The bare mixer for sequences of this length, or the whole network."""
        io, made = replace(self.io, length=length), self.architecture
        return made.module(io) if self.whole else made.mixer(made.width, io)

    def inputs(self, batch: int, length: int, device: str) -> Tensor:
        """Random ones: (batch, length, width), or what the task would give a whole network."""
        shape = (batch, length)
        if not self.whole:
            return torch.randn(*shape, self.architecture.width, device=device)
        if isinstance(self.io.inputs, Tokens):
            return torch.randint(self.io.inputs.vocab, shape, device=device)
        return torch.randn(*shape, self.io.inputs.width, device=device)

    def work(self, place: Place) -> "Work":
        """What is done at a place."""
        network = self.network(place.length).to(self.device)
        x = self.inputs(place.line.batch, place.length, self.device)
        return Work(network, x, place.line.way == "training")


@dataclass
class Work:
    """A call, forward in evaluation mode, or forward and backward in training mode.

    Backward goes to the weights and to the inputs, behind which an encoder would stand.
    """

    network: nn.Module
    x: Tensor
    training: bool

    def __post_init__(self) -> None:
        self.network.train(self.training)
        self.x.requires_grad_(self.training and self.x.is_floating_point())

    def __call__(self) -> None:
        """Do it once."""
        if not self.training:
            with torch.no_grad():
                apply(self.network, self.x, None)
            return
        self.forget()
        y = apply(self.network, self.x, None)
        y.backward(torch.ones_like(y))

    def forget(self) -> None:
        """Give back the gradients of the last call."""
        self.network.zero_grad()
        self.x.grad = None


Entrants = Mapping[tuple[str, int], Entrant]  # by name and width


def places(
    entrants: Entrants, lengths: Iterable[int], batches: Iterable[int], ways: Iterable[Pass]
) -> list[Place]:
    """Every place, the short lengths first."""
    lines = [Line(*who, batch, way) for who in entrants for batch in batches for way in ways]
    return [Place(line, length) for length in sorted(set(lengths)) for line in lines]


def entrant_of(line: Line, entrants: Entrants) -> Entrant:
    """Who runs there."""
    return entrants[line.architecture, line.width]


def owns_all(architecture: TorchArchitecture) -> bool:
    """Whether it says `module` and no `mixer`."""
    return type(architecture).mixer is TorchArchitecture.mixer


def sized(architecture: Architecture, width: int) -> TorchArchitecture | str:
    """The same at another width, or why there is none."""
    if not isinstance(architecture, TorchArchitecture):
        return f"{architecture.name} is no torch architecture: it has no mixer"
    try:
        return replace(architecture, width=width)
    except (SeqbenchError, ValueError, TypeError) as error:
        return f"{architecture.name} at a width of {width}: {error}"
