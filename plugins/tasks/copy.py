"""Keep symbols in mind through a silence, then say them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class Copy(Task):
    """Hear `length` symbols, then `delay` blanks and a go sign, then say the symbols in order.

    inputs   3 0 5 _ _ _ _ g _ _ _
    targets  . . . . . . . . 3 0 5      (a dot: not counted)
    """

    name = "copy"
    source = (
        "Arjovsky, Shah and Bengio, Unitary evolution recurrent neural networks, 2016 (after "
        "Hochreiter and Schmidhuber, 1997): their sequence of T + 20 steps has length 10, delay "
        "T - 1 and vocab 8; they count the blanks before the answer too"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=32_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    distance = "delay"
    distances = (1, 4, 8, 16, 32, 64, 128)
    delay: int = 8  # blanks between the last symbol and the go sign
    length: int = 4  # symbols to remember
    vocab: int = 8  # different symbols, beside the blank and the go sign

    def __post_init__(self) -> None:
        for setting, least in (("delay", 0), ("length", 1), ("vocab", 2)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(f"copy.{setting} is {value}; it takes {least} or more")

    def signature(self) -> Signature:
        steps = 2 * self.length + self.delay + 1
        return Signature(Tokens(self.vocab + 2), Tokens(self.vocab), steps)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        blank, go = self.vocab, self.vocab + 1
        symbols = rng.integers(0, self.vocab, (n, self.length))
        inputs = np.full((n, self.signature().length), blank)
        inputs[:, : self.length] = symbols
        inputs[:, self.length + self.delay] = go
        targets = np.zeros_like(inputs)
        targets[:, -self.length :] = symbols
        mask = np.zeros(inputs.shape, bool)
        mask[:, -self.length :] = True
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        back = self.length + self.delay + 1  # steps from a symbol to its answer
        answers = np.roll(split.inputs, back, axis=1)
        return np.eye(self.vocab + 2)[answers][..., : self.vocab]

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / self.vocab, "cross_entropy": log(self.vocab)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [Copy]
