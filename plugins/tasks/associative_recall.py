"""Read key-value pairs, then give each key's value when asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class AssociativeRecall(Task):
    """k v k v ... then the keys again in another order; each asks for its value.

    inputs   3 40  7 55 | 7  3
    targets  .  .  .  . | 55 40      (a dot: not counted)
    """

    name = "associative_recall"
    source = (
        "Arora et al., Zoology, 2023, simplified: every key is asked for once, at the end, in any "
        "order and with nothing between, and values may come twice; `mqar` is as published"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=8000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10, "patience": 0}
    distance = "pairs"
    distances = (1, 2, 4, 8, 16, 32)
    pairs: int = 4  # at most half of vocab
    vocab: int = 32  # the lower half are keys, the upper half values

    def __post_init__(self) -> None:
        if self.vocab < 4 or self.vocab % 2:
            raise SeqbenchError(
                f"associative_recall.vocab is {self.vocab}; it takes an even number from 4 on"
            )
        if not 1 <= self.pairs <= self.vocab // 2:
            raise SeqbenchError(
                f"associative_recall.pairs is {self.pairs}; with {self.vocab // 2} keys (half of "
                f"vocab) it takes 1 to {self.vocab // 2}"
            )

    def signature(self) -> Signature:
        return Signature(Tokens(self.vocab), Tokens(self.vocab), length=3 * self.pairs)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        half, p = self.vocab // 2, self.pairs
        keys = rng.permuted(np.tile(np.arange(half), (n, 1)), axis=1)[:, :p]  # no key twice
        values = rng.integers(half, self.vocab, (n, p))
        asked = rng.permuted(np.tile(np.arange(p), (n, 1)), axis=1)

        inputs = np.empty((n, 3 * p), np.int64)
        inputs[:, 0 : 2 * p : 2] = keys
        inputs[:, 1 : 2 * p : 2] = values
        inputs[:, 2 * p :] = np.take_along_axis(keys, asked, axis=1)

        targets = np.zeros_like(inputs)
        targets[:, 2 * p :] = np.take_along_axis(values, asked, axis=1)
        mask = np.zeros(inputs.shape, bool)
        mask[:, 2 * p :] = True
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        told, answers = split.inputs[:, : 2 * self.pairs], np.zeros_like(split.inputs)
        for key, value in zip(told[:, ::2].T, told[:, 1::2].T, strict=True):
            answers = np.where(split.inputs == key[:, None], value[:, None], answers)
        return np.eye(self.vocab)[answers]

    def chance(self) -> Mapping[str, float]:
        values = self.vocab // 2
        return {"accuracy": 1 / values, "cross_entropy": log(values)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [AssociativeRecall]
