"""What one more step costs, once a model has read so many."""

import copy
import time
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from seqbench import Measurement, Probe, SeqbenchError, Signature, Subject, Tokens, hookimpl
from seqbench.kits.torch import Network, apply

TOLERANCE = 1e-4  # of outputs, the largest of which counts as at least 1
GENERATED = 8  # steps in a repeat


@dataclass(frozen=True)
class Decoding(Probe):
    """CPU seconds a generated step (`decode_seconds`) and bytes kept, by the context's length.

    `way` says how: by a `state` of one size, by a `cache` that grows with the context, or, where
    the mixer has no `step`, by reading all of it again (`recompute`). One sequence, in evaluation
    mode, float32. `streaming_error` is how far outputs step by step are from those given all at
    once; where it is above 1e-4 no latency is told, as it would be that of something else.
    """

    name = "decoding"
    source = "cache: Shazeer, Fast transformer decoding, 2019"
    at: tuple[int, ...] = (16, 64, 256)  # steps read before
    repeats: int = 5  # of which the median is told

    def __post_init__(self) -> None:
        if not self.at or min(self.at) < 1:
            raise SeqbenchError(f"decoding.at is {list(self.at)}; it takes lengths of 1 or more")
        if self.repeats < 1:
            raise SeqbenchError(f"decoding.repeats is {self.repeats}; it takes 1 or more")

    def unsuited(self, subject: Subject) -> str | None:
        if not subject.lesson.io.causal:
            return f"{subject.task.name} is not causal: answers wait for the sequence's end"
        if not isinstance(subject.model.network, nn.Module):
            return f"{subject.architecture.name} is no torch network"
        return None

    @torch.no_grad()
    def measure(self, subject: Subject) -> Iterable[Measurement]:
        network = copy.deepcopy(subject.model.network).eval()
        contexts = sorted(set(self.at))
        x = drawn(subject.lesson.io, contexts[-1] + GENERATED, subject.rng)
        decoder: Decoder = Stepping(network) if can_step(network) else Recomputing(network)
        way, wanted = way_of(decoder, x), apply(network, x, None)
        found, off = [], 0.0
        for context in contexts:
            after = slice(context, context + GENERATED)
            state = decoder.read(x[:, :context])
            off = max(off, apart(generated(decoder, x[:, after], state), wanted[:, after]))
            each = self.seconds(decoder, x[:, after], state) / GENERATED
            for name, value, unit in (
                ("decode_seconds", each, "s"),
                ("state_bytes", size(state), "B"),
            ):
                at = {"context": context, "way": way}
                exact = name != "decode_seconds"
                found.append(Measurement(name, value, unit, "probe", at, "lower", exact=exact))
        error = Measurement("streaming_error", off, "", "probe", {"way": way}, "lower")
        return [error, *found] if off <= TOLERANCE else [error]

    def seconds(self, decoder: "Decoder", following: Tensor, state: Any) -> float:
        """CPU seconds to go through what follows, in the median over repeats."""
        taken = []
        for _ in range(self.repeats):
            start = time.process_time()
            generated(decoder, following, state)
            taken.append(time.process_time() - start)
        return median(taken)


class Decoder(Protocol):
    """Reads a context, and goes on from there."""

    def read(self, x: Tensor) -> Any:
        """What is kept of inputs (1, T) or (1, T, width)."""

    def step(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        """From one input more, (1, 1) or (1, 1, width), to the answer (1, channels)."""


@dataclass(frozen=True)
class Stepping:
    """By the step that a mixer offers."""

    network: Network

    def read(self, x: Tensor) -> Any:
        state = self.network.mixer.initial_state(1)
        for at in range(x.shape[1]):
            _, state = self.step(x[:, at : at + 1], state)
        return state

    def step(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        y, state = self.network.mixer.step(self.network.encoder(x)[:, 0], state)
        return self.network.readout(y), state


@dataclass(frozen=True)
class Recomputing:
    """By reading everything again: the state is the inputs themselves."""

    network: nn.Module

    def read(self, x: Tensor) -> Any:
        return x

    def step(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        state = torch.cat([state, x], 1)
        return apply(self.network, state, None)[:, -1], state


def can_step(network: nn.Module) -> bool:
    """Whether it is the kit's, around a mixer that streams."""
    mixer = network.mixer if isinstance(network, Network) else None
    return hasattr(mixer, "step") and hasattr(mixer, "initial_state")


def way_of(decoder: Decoder, x: Tensor) -> str:
    """Told by what is kept, not by what it is called."""
    if isinstance(decoder, Recomputing):
        return "recompute"
    grows = size(decoder.read(x[:, :2])) > size(decoder.read(x[:, :1]))
    return "cache" if grows else "state"


def generated(decoder: Decoder, following: Tensor, state: Any) -> Tensor:
    """Answers (1, T, channels) to what follows, a step at a time, from a copy of the state."""
    state, answers = copy.deepcopy(state), []
    for at in range(following.shape[1]):
        answer, state = decoder.step(following[:, at : at + 1], state)
        answers.append(answer)
    return torch.stack(answers, 1)


def apart(one: Tensor, other: Tensor) -> float:
    """The largest difference, where the largest output counts as at least 1."""
    return float((one - other).abs().max() / other.abs().max().clamp(min=1.0))


def size(state: Any) -> float:
    """Bytes of all tensors in a state, however nested."""
    if isinstance(state, Tensor):
        return float(state.nelement() * state.element_size())
    inside = state.values() if isinstance(state, dict) else state
    return sum(map(size, inside), 0.0) if isinstance(inside, Iterable) else 0.0


def drawn(io: Signature, steps: int, rng: np.random.Generator) -> Tensor:
    """Inputs of the right kind, (1, steps) or (1, steps, width): any will do."""
    if isinstance(io.inputs, Tokens):
        return torch.from_numpy(rng.integers(0, io.inputs.vocab, (1, steps)))
    return torch.from_numpy(rng.normal(size=(1, steps, io.inputs.width)).astype(np.float32))


@hookimpl
def probes() -> Iterable[type[Probe]]:
    return [Decoding]
