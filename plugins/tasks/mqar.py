"""Read key-value pairs, then give a key's value wherever it comes again, sooner or later."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench_plugins.tasks.distinct import distinct

BLANK = 0


@dataclass(frozen=True)
class Mqar(Task):
    """k v k v ... then places of two steps, in some of which a key stands and asks for its value.

    inputs   3 40  7 55 | _ _  7 _  _ _ _ _  3 _ _ _
    targets  .  .  .  . | . . 55 .  . . . . 40 . . .      (a dot: not counted)

    Every key comes again once. Which place it takes is drawn key by key from those left, the
    k-th with a weight of k ** (power - 1): most are asked for soon, a few late.
    """

    name = "mqar"
    source = (
        "Arora et al., Zoology, 2023, multi-query associative recall: theirs is vocab 8192, power "
        "0.01, and length 64, 128, 256 with 4, 8, 16 pairs; filled=True is the default of the "
        "authors' code, blanks are the setting of their figure 2"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=16_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    distance = "pairs"
    distances = (1, 2, 4, 8, 16, 32, 64)
    pairs: int = 4  # at most a quarter of length
    length: int = 32  # steps, an even number
    vocab: int = 64  # 0 is the blank; the rest of the lower half are keys, the upper half values
    power: float = 0.01  # 1: no place is likelier than another
    filled: bool = False  # any token at all, drawn anew, in place of each blank

    def __post_init__(self) -> None:
        if self.vocab < 4 or self.vocab % 2:
            raise SeqbenchError(f"mqar.vocab is {self.vocab}; it takes an even number from 4 on")
        if self.length < 4 or self.length % 2:
            raise SeqbenchError(f"mqar.length is {self.length}; it takes an even number from 4 on")
        most = min(self.length // 4, self.vocab // 2 - 1)
        if not 1 <= self.pairs <= most:
            raise SeqbenchError(
                f"mqar.pairs is {self.pairs}; at length {self.length} and with "
                f"{self.vocab // 2 - 1} keys (vocab) it takes 1 to {most}"
            )
        if not 0 < self.power <= 1:
            raise SeqbenchError(f"mqar.power is {self.power}; it takes a number above 0, to 1")

    def signature(self) -> Signature:
        return Signature(Tokens(self.vocab), Tokens(self.vocab), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        half, told = self.vocab // 2, 2 * self.pairs
        keys = 1 + distinct(n, self.pairs, half - 1, rng)
        values = half + distinct(n, self.pairs, half, rng)
        steps = told + 2 * self.places(n, rng)
        inputs = np.full((n, self.length), BLANK)
        inputs[:, 0:told:2], inputs[:, 1:told:2] = keys, values
        np.put_along_axis(inputs, steps, keys, axis=1)
        if self.filled:
            any_token = rng.integers(0, self.vocab, inputs.shape)
            inputs = np.where(inputs == BLANK, any_token, inputs)
        targets, mask = np.zeros_like(inputs), np.zeros(inputs.shape, bool)
        np.put_along_axis(targets, steps, values, axis=1)
        np.put_along_axis(mask, steps, True, axis=1)
        return Split(inputs, targets, mask)

    def places(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Where each key comes again, (n, pairs), in places of two steps after the pairs.

        The first to arrive is drawn by its rate; then the next of those left (Efraimidis and
        Spirakis, 2006).
        """
        count = self.length // 2 - self.pairs
        rate = np.arange(1, count + 1) ** (self.power - 1)
        arrival = rng.exponential(size=(n, count)) / rate
        return arrival.argsort(axis=1)[:, : self.pairs]

    def oracle(self, split: Split) -> np.ndarray:
        told = 2 * self.pairs
        keys, values = split.inputs[:, 0:told:2], split.inputs[:, 1:told:2]
        answers = np.zeros_like(split.inputs)
        for key, value in zip(keys.T, values.T, strict=True):
            answers = np.where(split.inputs == key[:, None], value[:, None], answers)
        return np.eye(self.vocab)[answers]

    def chance(self) -> Mapping[str, float]:
        values = self.vocab // 2
        return {"accuracy": 1 / values, "cross_entropy": log(values)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [Mqar]
