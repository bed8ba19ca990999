"""How much of an answer's gradient reaches back through time."""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import (
    Measurement,
    Probe,
    SeqbenchError,
    Signature,
    Split,
    Subject,
    Tokens,
    Transcript,
    hookimpl,
)
from seqbench.kits.torch import apply, seeded
from seqbench.kits.torch.inspection import entrance
from seqbench.kits.torch.loss import tensors

LEAST = 1e-30  # below it float32 loses digits, and soon the number
TRAINING = ("clipped_share", "gradient_norm_mean", "gradient_norm_max", "nonfinite_steps")


@dataclass(frozen=True)
class Gradients(Probe):
    """|d loss at an example's last counted step / d input k steps before|, against the lag k.

    Of the trained network (`when: trained`) and of one as it starts (`when: start`), drawn anew.
    Tokens are looked at as their embeddings. `gradient_norm` is the mean over examples;
    `decay_per_step` the slope of its negative logarithm over the lags from 1 on, in nats a step:
    0.69 halves the gradient at each step, 0 keeps it, less than 0 lets it explode; `decay_r2`
    says how well a straight line tells it. What training noted of its gradients is given too.
    """

    name = "gradients"
    source = "Pascanu, Mikolov and Bengio, On the difficulty of training RNNs, 2013"
    examples: int = 64  # of valid, looked at
    at: tuple[int, ...] = ()  # lags told; none: 0, 1, 2, 4, 8, ... and the longest

    def __post_init__(self) -> None:
        if self.examples < 1:
            raise SeqbenchError(f"gradients.examples is {self.examples}; it takes 1 or more")
        if any(lag < 0 for lag in self.at):
            raise SeqbenchError(f"gradients.at is {list(self.at)}; lags are 0 or more")

    def unsuited(self, subject: Subject) -> str | None:
        network, name = subject.model.network, subject.architecture.name
        if not isinstance(network, nn.Module):
            return f"{name} is no torch network, so there are no gradients to ask for"
        if not hasattr(subject.architecture, "module"):
            return f"{name} has no module(io) to see how it starts"
        if isinstance(subject.lesson.io.outputs, Transcript):
            return "a transcript has no last step, whose gradient could be followed back"
        one = subject.lesson.valid[:1]
        if slopes(network, subject.lesson.io, one) is None:
            return f"{name} takes its tokens in by no embedding of (N, T), or does not learn them"
        return None

    def measure(self, subject: Subject) -> Iterator[Measurement]:
        with seeded(subject.rng):
            start = subject.architecture.module(subject.lesson.io)  # type: ignore[attr-defined]
        few = subject.lesson.valid[: self.examples]
        for when, network in (("start", start), ("trained", subject.model.network)):
            norms = by_lag(network, subject.lesson.io, few)  # (lags,)
            for lag in self.lags(len(norms)):
                at = {"lag": lag, "when": when}
                yield Measurement("gradient_norm", float(norms[lag]), "", "probe", at)
            if line := decay(norms):
                at = {"when": when}
                yield Measurement("decay_per_step", line.rate, "nats/step", "probe", at)
                yield Measurement("decay_r2", line.r2, "", "probe", at)
        for note in TRAINING:
            value = subject.model.notes.get(note)
            if value is not None and isfinite(value):
                yield Measurement(note, float(value), "", "probe", {"when": "training"})

    def lags(self, known: int) -> list[int]:
        """Those to tell of lags 0 to known - 1."""
        usual = {0, known - 1, *(2**power for power in range(known.bit_length()))}
        return sorted(lag for lag in self.at or usual if lag < known)


class Line(NamedTuple):
    """A straight line through logarithms: nats lost a step, and the share it explains."""

    rate: float
    r2: float


def decay(norms: np.ndarray) -> Line | None:
    """Of norms (lags,), from lag 1 on: the step itself has a way that passes no time.

    It ends before the first norm too small for float32; None where fewer than three remain.
    """
    small = np.flatnonzero(~(norms >= LEAST))
    told = np.arange(1, small[0] if len(small) else len(norms))
    if len(told) < 3:
        return None
    logs = np.log(norms[told])
    slope, height = np.polyfit(told, logs, 1)
    off = float(((logs - slope * told - height) ** 2).sum())
    spread = float(((logs - logs.mean()) ** 2).sum())
    return Line(-float(slope), 1 - off / spread if spread > 0 else 1.0)


def by_lag(network: nn.Module, io: Signature, split: Split) -> np.ndarray:
    """Mean over examples of the gradient's norm at each lag that any example has, (lags,)."""
    found = slopes(network, io, split)
    if found is None:
        raise ValueError("no gradient reaches the network's entrance")
    last = last_counted(split)
    lags = last[:, None] - np.arange(found.shape[1])  # (N, T)
    back = (lags >= 0) & counted(split)[:, None]
    total = np.bincount(lags[back], found[back])
    return total / np.bincount(lags[back])


def slopes(network: nn.Module, io: Signature, split: Split) -> np.ndarray | None:
    """Norms (N, T) of d(loss at the last counted step) / d input, or None where there is no way.

    It works on a copy in evaluation mode; examples do not touch each other, so one sum serves all.
    """
    twin = copy.deepcopy(network).eval()
    (x,) = tensors(split.inputs)
    lengths = None if split.lengths is None else tensors(split.lengths)[0]
    with torch.enable_grad(), entrance(twin, x) as leaves:
        outputs = apply(twin, x, lengths)  # (N, T, channels)
        if not leaves or not outputs.requires_grad:
            return None
        value = at_last(io, outputs, split).sum()
        found = torch.autograd.grad(value, leaves, allow_unused=True)
    reached = [slope.flatten(2) for slope in found if slope is not None]
    if not reached:
        return None
    # In float64, or the squares of small numbers are 0.
    return torch.cat(reached, 2).double().norm(dim=2).numpy()


def at_last(io: Signature, outputs: Tensor, split: Split) -> Tensor:
    """The loss (N,) of each example's last counted step; 0 for one that counts none."""
    rows, last = torch.arange(len(split)), torch.as_tensor(last_counted(split))
    (targets,) = tensors(split.targets)
    given, wanted = outputs[rows, last], targets[rows, last]
    if isinstance(io.outputs, Tokens):
        losses = F.cross_entropy(given, wanted, reduction="none")
    elif io.outputs.error == "absolute":
        losses = (given - wanted).abs().mean(1)
    else:
        losses = (given - wanted).square().mean(1)
    return losses * torch.as_tensor(counted(split))


def last_counted(split: Split) -> np.ndarray:
    """The last step (N,) whose target counts."""
    steps = split.mask.shape[1]
    return steps - 1 - split.mask[:, ::-1].argmax(axis=1)


def counted(split: Split) -> np.ndarray:
    """Whether an example has a step that counts, (N,)."""
    return split.mask.any(axis=1)


@hookimpl
def probes() -> Iterable[type[Probe]]:
    return [Gradients]
