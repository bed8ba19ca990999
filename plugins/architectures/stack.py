"""Hybrids: mixers of other architectures, one after the other."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture, apply
from seqbench.kits.torch.mixers import part
from seqbench.kits.torch.weight import worked

Part = str | dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Stack(TorchArchitecture):
    """Each mixer reads what the one before it wrote: `stack: [lstm, transformer]` in a suite.

    Any installed mixer may stand in it, with settings of its own: `{lstm: {layers: 2}}`; the width
    is the stack's. It looks ahead where one of them does.
    """

    name = "stack"
    source = "residual: He et al., 2016; pre-norm: Xiong et al., 2020"
    of: tuple[Part, ...] = ("lstm", "transformer")  # names, or {name: {setting: value}}
    residual: bool = True  # whether what a mixer reads is added to what it writes
    norm: bool = True  # whether a LayerNorm stands before each mixer

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.of:
            raise SeqbenchError("stack.of is empty; it takes one mixer or more")
        for one in self.parts():
            if isinstance(one, Stack):
                raise SeqbenchError("stack.of names a stack; write its mixers into this one")

    def parts(self) -> list[TorchArchitecture]:
        """The architectures whose mixers these are."""
        return [part("stack.of", said) for said in self.of]

    def unsuited(self, io: Signature) -> str | None:
        reasons = [why for one in self.parts() if (why := one.unsuited(io))]
        return f"stack: {reasons[0]}" if reasons else super().unsuited(io)

    def mixer(self, width: int, io: Signature) -> nn.Module:
        made = [one.mixer(width, io) for one in self.parts()]
        streams = all(hasattr(it, "step") and hasattr(it, "initial_state") for it in made)
        kind = Streaming if streams else Mixers
        return kind(width, made, self.residual, self.norm)


class Mixers(nn.Module):
    """From (N, T, width) to (N, T, width), through each of them."""

    def __init__(self, width: int, mixers: list[nn.Module], residual: bool, norm: bool) -> None:
        super().__init__()
        self.width, self.residual = width, residual
        self.mixers: Any = nn.ModuleList(mixers)
        norms = [nn.LayerNorm(width) if norm else nn.Identity() for _ in mixers]
        self.norms: Any = nn.ModuleList(norms)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        for norm, mixer in zip(self.norms, self.mixers, strict=True):
            y = apply(mixer, norm(x), lengths)
            x = x + y if self.residual else y
        return x

    def flops(self, batch: int, steps: int) -> int:
        """Of a forward pass: each mixer's, as it declares them or as torch counts them."""
        x = torch.empty(batch, steps, self.width, device="meta")
        return sum(worked(deepcopy(mixer).to("meta"), x)[0] for mixer in self.mixers)


class Streaming(Mixers):
    """The same, where all of them can go step by step."""

    def initial_state(self, batch: int) -> tuple[Any, ...]:
        """Each mixer's."""
        return tuple(mixer.initial_state(batch) for mixer in self.mixers)

    def step(self, x: Tensor, state: tuple[Any, ...]) -> tuple[Tensor, tuple[Any, ...]]:
        """From x (N, width) and the states before to y (N, width) and those after."""
        after = []
        for norm, mixer, before in zip(self.norms, self.mixers, state, strict=True):
            y, now = mixer.step(norm(x), before)
            x = x + y if self.residual else y
            after.append(now)
        return x, tuple(after)


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [Stack]
