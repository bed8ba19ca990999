"""What tasks have in common that read a string to its end and then say another."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens


@dataclass(frozen=True)
class StringTask(Task):
    """A string of symbols, all drawn alike, then blanks, at each of which a symbol is due.

    inputs   1 0 1 _ _ _
    targets  . . . a b c      (a dot: not counted; abc: what `answers` says of 101)

    The string is over at the first blank or, in a subclass with a `sign`, at a token of its own
    before the blanks. No answer needs a look ahead, and none is shown to the model later.
    """

    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=32_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    distance = "length"
    distances = (1, 2, 4, 8, 16, 32, 64)
    sign: ClassVar[bool] = False  # a token between the string and the blanks
    length: int = 16  # symbols of the string
    vocab: int = 2  # different symbols, beside the blank and the sign

    def __post_init__(self) -> None:
        for setting, least in (("length", 1), ("vocab", 2)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(f"{self.name}.{setting} is {value}; it takes {least} or more")

    @abstractmethod
    def answers(self, strings: np.ndarray) -> np.ndarray:
        """What is due for strings (N, length): (N, blanks)."""

    def blanks(self) -> int:
        """How many symbols are due."""
        return self.length

    def strings(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """The strings of n examples, (n, length)."""
        return rng.integers(0, self.vocab, (n, self.length))

    def signature(self) -> Signature:
        steps = self.length + self.sign + self.blanks()
        return Signature(Tokens(self.vocab + 1 + self.sign), Tokens(self.vocab), steps)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        strings, due = self.strings(n, rng), self.blanks()
        inputs = np.full((n, self.signature().length), self.vocab)
        inputs[:, : self.length] = strings
        if self.sign:
            inputs[:, self.length] = self.vocab + 1
        targets = np.zeros_like(inputs)
        targets[:, -due:] = self.answers(strings)
        mask = np.zeros(inputs.shape, bool)
        mask[:, -due:] = True
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        answers = np.zeros(split.inputs.shape, np.int64)
        answers[:, -self.blanks() :] = self.answers(split.inputs[:, : self.length])
        return np.eye(self.vocab)[answers]

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / self.vocab, "cross_entropy": log(self.vocab)}
