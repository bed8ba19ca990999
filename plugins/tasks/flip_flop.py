"""Read the bit that was written last, and ignore what is to be ignored."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import (
    Lesson,
    Model,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    Tokens,
    hookimpl,
)

WRITE, READ, IGNORE = 2, 3, 4  # after the bits


@dataclass(frozen=True)
class FlipFlop(Task):
    """Instructions to write, read or ignore, each followed by its bit; at a read: which bit?

    inputs   w 1 i 0 r 1 w 0 i 1 r
    targets  . . . . 1 . . . . . 0      (a dot: not counted)

    The first instruction writes and the last reads. Of those between, `gap` are ignored on
    average between any two that are not, and those write or read alike. A read shows the bit.
    """

    name = "flip_flop"
    source = (
        "Liu et al., Exposing attention glitches with flip-flop language modeling, 2023: their "
        "FFL(0.8) of 256 instructions is gap 4 and length 256, the sparse FFL(0.98) gap 49; they "
        "train on every next token, here the bits after a read alone are asked"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=16_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10, "patience": 0}
    distance = "gap"
    distances = (1, 2, 4, 8, 16, 32, 64)
    gap: int = 4  # on average; a share of gap / (gap + 1) is ignored
    length: int = 32  # instructions

    def __post_init__(self) -> None:
        for setting, least in (("gap", 0), ("length", 2)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(f"flip_flop.{setting} is {value}; it takes {least} or more")

    def signature(self) -> Signature:
        return Signature(Tokens(IGNORE + 1), Tokens(2), 2 * self.length - 1)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        shape = (n, self.length)
        ignored = rng.random(shape) < self.gap / (self.gap + 1)
        orders = np.where(ignored, IGNORE, rng.integers(WRITE, IGNORE, shape))
        orders[:, 0], orders[:, -1] = WRITE, READ
        bits, reads = rng.integers(0, 2, shape), orders == READ
        written = np.where(orders == WRITE, np.arange(self.length), 0)
        kept = np.take_along_axis(bits, np.maximum.accumulate(written, axis=1), axis=1)
        inputs = np.stack([orders, np.where(reads, kept, bits)], axis=2).reshape(n, -1)[:, :-1]
        targets, mask = np.zeros_like(inputs), np.zeros(inputs.shape, bool)
        targets[:, ::2], mask[:, ::2] = np.where(reads, kept, 0), reads
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        step = np.arange(split.inputs.shape[1])
        wrote = np.maximum.accumulate(np.where(split.inputs == WRITE, step, 0), axis=1)
        bit = np.minimum(wrote + 1, step[-1])
        return np.eye(IGNORE + 1)[np.take_along_axis(split.inputs, bit, axis=1)][..., :2]

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / 2, "cross_entropy": log(2)}

    def baselines(self):
        return {**super().baselines(), "latest": latest}


def latest(lesson: Lesson) -> Model:
    """The bit that stands last, ignored or not."""

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        bits = np.where(inputs < WRITE, np.arange(inputs.shape[1]), 0)
        last = np.maximum.accumulate(bits, axis=1)
        return np.eye(IGNORE + 1)[np.take_along_axis(inputs, last, axis=1)][..., :2]

    return Model(predict, 0)


@hookimpl
def tasks() -> list[type[Task]]:
    return [FlipFlop]
