"""Say at the end what came first."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class FirstToken(Task):
    """Of `length` tokens, all drawn alike, name the first when the last has come.

    inputs   3 0 5 1 1 7 2
    targets  . . . . . . 3      (a dot: not counted)

    Nothing but its place tells the first token from the others, and nothing tells the last.
    """

    name = "first_token"
    source = (
        "Bengio, Simard and Frasconi, Learning long-term dependencies with gradient descent is "
        "difficult, 1994: their latching of an early class, with symbols in place of reals and "
        "the class in the first step alone"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=32_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    distance = "length"
    distances = (4, 8, 16, 32, 64, 128, 256)
    length: int = 16  # tokens, the first and the last among them
    vocab: int = 8

    def __post_init__(self) -> None:
        for setting, least in (("length", 1), ("vocab", 2)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(f"first_token.{setting} is {value}; it takes {least} or more")

    def signature(self) -> Signature:
        return Signature(Tokens(self.vocab), Tokens(self.vocab), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        inputs = rng.integers(0, self.vocab, (n, self.length))
        targets = np.zeros_like(inputs)
        targets[:, -1] = inputs[:, 0]
        mask = np.zeros(inputs.shape, bool)
        mask[:, -1] = True
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        first = np.eye(self.vocab)[split.inputs[:, :1]]  # (N, 1, vocab)
        return np.broadcast_to(first, (*split.inputs.shape, self.vocab))

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / self.vocab, "cross_entropy": log(self.vocab)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [FirstToken]
