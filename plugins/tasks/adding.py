"""Add the two numbers that are marked among many."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqbench import (
    Lesson,
    Model,
    Reals,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    hookimpl,
)

NEAR = 0.04  # of the metric `within`


@dataclass(frozen=True)
class Adding(Task):
    """Numbers from 0 to 1, two of them marked, one in each half: their sum, at the last step.

    numbers  .3 .9 .1 .6 .5 .2
    marks     0  1  0  0  1  0
    target                  1.4
    """

    name = "adding"
    source = (
        "Arjovsky, Shah and Bengio, Unitary evolution recurrent neural networks, 2016, and Le, "
        "Jaitly and Hinton, 2015: numbers from 0 to 1 and a fixed length, where Hochreiter and "
        "Schmidhuber, 1997, have -1 to 1, lengths that vary and a scaled sum"
    )
    metrics = ("mse", "within")
    sizes = Sizes(train=16_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10, "patience": 0}
    distance = "length"
    distances = (4, 8, 16, 32, 64, 128, 256)
    length: int = 16  # numbers, of which half can bear the first mark, and half the second

    def __post_init__(self) -> None:
        if self.length < 2:
            raise SeqbenchError(f"adding.length is {self.length}; it takes 2 or more")

    def signature(self) -> Signature:
        return Signature(Reals(2), Reals(1), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        half, rows = self.length // 2, np.arange(n)
        inputs = np.zeros((n, self.length, 2), np.float32)
        inputs[..., 0] = rng.random((n, self.length), np.float32)
        first, second = rng.integers(0, half, n), rng.integers(half, self.length, n)
        inputs[rows, first, 1] = inputs[rows, second, 1] = 1
        targets = np.zeros((n, self.length, 1), np.float32)
        targets[:, -1, 0] = inputs[rows, first, 0] + inputs[rows, second, 0]
        mask = np.zeros((n, self.length), bool)
        mask[:, -1] = True
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        return np.cumsum(split.inputs[..., :1] * split.inputs[..., 1:], axis=1)

    def chance(self) -> Mapping[str, float]:
        # Of the sum of two uniform numbers, answered by its mean, 1.
        return {"mse": 1 / 6, "within": 1 - (1 - NEAR) ** 2}

    def baselines(self):
        return {"one": always_one}


def always_one(lesson: Lesson) -> Model:
    """The mean of the sum, known beforehand."""
    return Model(lambda inputs, lengths=None: np.ones((*inputs.shape[:2], 1)), 0)


@hookimpl
def tasks() -> list[type[Task]]:
    return [Adding]
