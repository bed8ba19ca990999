"""Repeat what was said some steps ago, while more is being said."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class DelayedEcho(Task):
    """At every step the input of `delay` steps before, with `length` answers in all.

    inputs   3 0 5 1 1 7 2
    targets  . . . 3 0 5 1      (a dot: not counted; delay 3, length 4)

    The delay is not to be seen in the inputs: a model learns the one it is trained with, and no
    other is asked of it fairly. What must be kept at once grows with it, `delay` symbols.
    """

    name = "delayed_echo"
    source = (
        "Jaeger, Short term memory in echo state networks, 2001, with symbols in place of reals "
        "and one delay in place of all"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=16_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10, "patience": 0}
    delay: int = 4  # steps from a symbol to its echo; 0 repeats it at once
    length: int = 16  # echoes, which begin once `delay` symbols have passed
    vocab: int = 8

    def __post_init__(self) -> None:
        for setting, least in (("delay", 0), ("length", 1), ("vocab", 2)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(f"delayed_echo.{setting} is {value}; it takes {least} or more")

    def signature(self) -> Signature:
        return Signature(Tokens(self.vocab), Tokens(self.vocab), self.delay + self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        inputs = rng.integers(0, self.vocab, (n, self.delay + self.length))
        targets = np.zeros_like(inputs)
        targets[:, self.delay :] = inputs[:, : self.length]
        mask = np.zeros(inputs.shape, bool)
        mask[:, self.delay :] = True
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        return np.eye(self.vocab)[np.roll(split.inputs, self.delay, axis=1)]

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / self.vocab, "cross_entropy": log(self.vocab)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [DelayedEcho]
