"""What came after this the last time?"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class Induction(Task):
    """Symbols and somewhere among them a mark; when it comes again, at the end: what followed it?

    inputs   3 0 ! 5 1 7 1 !
    targets  . . . . . . . 5      (a dot: not counted)
    """

    name = "induction"
    source = (
        "Gu and Dao, Mamba, 2023, induction heads, after Fu et al., Hungry hungry hippos, 2022: "
        "one mark, so that a model need not compare tokens, where Olsson et al., In-context "
        "learning and induction heads, 2022, repeat any token; they train at 256 steps, with 16 "
        "tokens, and test at 64 to 1,048,576"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=32_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    distance = "length"
    distances = (4, 8, 16, 32, 64, 128, 256)
    length: int = 32  # steps, both marks among them
    vocab: int = 15  # different symbols, beside the mark

    def __post_init__(self) -> None:
        for setting, least in (("length", 3), ("vocab", 2)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(f"induction.{setting} is {value}; it takes {least} or more")

    def signature(self) -> Signature:
        return Signature(Tokens(self.vocab + 1), Tokens(self.vocab), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        inputs, rows = rng.integers(0, self.vocab, (n, self.length)), np.arange(n)
        first = rng.integers(0, self.length - 2, n)
        targets = np.zeros_like(inputs)
        targets[:, -1] = inputs[rows, first + 1]
        inputs[rows, first] = inputs[:, -1] = self.vocab
        mask = np.zeros(inputs.shape, bool)
        mask[:, -1] = True
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        first = (split.inputs == self.vocab).argmax(axis=1)[:, None]
        answers = np.take_along_axis(split.inputs, first + 1, axis=1)  # (N, 1)
        scores = np.eye(self.vocab + 1)[answers][..., : self.vocab]
        return np.broadcast_to(scores, (*split.inputs.shape, self.vocab))

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / self.vocab, "cross_entropy": log(self.vocab)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [Induction]
