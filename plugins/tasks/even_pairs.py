"""Is a string of bits turned over, 01 or 10, an even or an odd number of times?"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class EvenPairs(Task):
    """0 where the pairs 01 and 10 so far are even in number, else 1.

    inputs   0 0 1 0 1
    targets  . 0 1 0 1      (a dot: not counted; every=False: the last alone counts)

    That is, whether the bit is another than the first: there is one bit to keep, from the start.
    """

    name = "even_pairs"
    source = (
        "Delétang et al., Neural networks and the Chomsky hierarchy, 2023, even pairs (regular): "
        "they ask at the last step of strings of 1 to 40 bits, here it is asked at every step "
        "but the first (or, with every=False, at the last) of a fixed length"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=16_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10, "patience": 0}
    distance = "length"
    distances = (2, 4, 8, 16, 32, 64, 128, 256)
    length: int = 16  # bits; there are few short strings, which train and test share
    every: bool = True  # ask at every step from the second, not at the last alone

    def __post_init__(self) -> None:
        if self.length < 2:
            raise SeqbenchError(f"even_pairs.length is {self.length}; it takes 2 or more")

    def signature(self) -> Signature:
        return Signature(Tokens(2), Tokens(2), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        inputs = rng.integers(0, 2, (n, self.length))
        turned = np.bitwise_xor.accumulate(inputs[:, 1:] ^ inputs[:, :-1], axis=1)
        targets = np.zeros_like(inputs)
        targets[:, 1:] = turned
        mask = np.full(inputs.shape, self.every)
        mask[:, 0] = False
        mask[:, -1] = True
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        return np.eye(2)[split.inputs ^ split.inputs[:, :1]]

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / 2, "cross_entropy": log(2)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [EvenPairs]
