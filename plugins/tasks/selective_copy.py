"""Say the symbols that stood among blanks, and leave the blanks out."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench_plugins.tasks.distinct import distinct


@dataclass(frozen=True)
class SelectiveCopy(Task):
    """`length` symbols, with `delay` blanks anywhere among them, then a go sign for each symbol.

    inputs   _ 3 _ _ 0 5 _ g g g
    targets  . . . . . . . 3 0 5      (a dot: not counted; delay 4, length 3)

    Where the symbols stand is drawn anew for each example, all choices alike.
    """

    name = "selective_copy"
    source = (
        "Gu and Dao, Mamba, 2023, selective copying, as in the S4 authors' code, after the denoise "
        "task of Jing et al., Gated orthogonal recurrent units, 2019: 4,096 steps of which 16 are "
        "symbols, of 16 tokens in all, that is length 16, delay 4,080 and vocab 14"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=32_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    distance = "delay"
    distances = (1, 4, 8, 16, 32, 64, 128)
    delay: int = 8  # blanks among the symbols
    length: int = 4  # symbols to remember
    vocab: int = 8  # different symbols, beside the blank and the go sign

    def __post_init__(self) -> None:
        for setting, least in (("delay", 0), ("length", 1), ("vocab", 2)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(
                    f"selective_copy.{setting} is {value}; it takes {least} or more"
                )

    def signature(self) -> Signature:
        steps = 2 * self.length + self.delay
        return Signature(Tokens(self.vocab + 2), Tokens(self.vocab), steps)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        blank, go = self.vocab, self.vocab + 1
        symbols = rng.integers(0, self.vocab, (n, self.length))
        places = np.sort(distinct(n, self.length, self.length + self.delay, rng), axis=1)
        inputs = np.full((n, self.signature().length), blank)
        np.put_along_axis(inputs, places, symbols, axis=1)
        inputs[:, -self.length :] = go
        targets = np.zeros_like(inputs)
        targets[:, -self.length :] = symbols
        mask = np.zeros(inputs.shape, bool)
        mask[:, -self.length :] = True
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        answers = np.zeros_like(split.inputs)
        said = split.inputs[split.inputs < self.vocab]  # row by row, in order
        answers[:, -self.length :] = said.reshape(-1, self.length)
        return np.eye(self.vocab)[answers]

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / self.vocab, "cross_entropy": log(self.vocab)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [SelectiveCopy]
