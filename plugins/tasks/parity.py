"""Is the number of ones even or odd?"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class Parity(Task):
    """1 where the ones so far are odd in number; asked at every step, or at the last alone.

    inputs   1 0 1 1 0
    targets  1 1 0 1 1      (every=False: the last alone counts)

    Asked at every step, a model is taught all lengths up to `length` at once. Asked at the last
    alone, it learns nothing of a part before it has the whole, as no bit tells without the rest.
    """

    name = "parity"
    source = (
        "Delétang et al., Neural networks and the Chomsky hierarchy, 2023, parity check: they ask "
        "at the last step of strings of 1 to 40 bits, here the parity is asked at every step "
        "(or, with every=False, at the last) of a fixed length"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=16_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10, "patience": 0}
    length: int = 16  # bits; short lengths have few sequences, which train and test share
    every: bool = True  # ask at every step, not at the last alone

    def __post_init__(self) -> None:
        if self.length < 1:
            raise SeqbenchError(f"parity.length is {self.length}; it takes 1 or more")

    def signature(self) -> Signature:
        return Signature(Tokens(2), Tokens(2), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        inputs = rng.integers(0, 2, (n, self.length))
        mask = np.full(inputs.shape, self.every)
        mask[:, -1] = True
        return Split(inputs, np.bitwise_xor.accumulate(inputs, axis=1), mask)

    def oracle(self, split: Split) -> np.ndarray:
        return np.eye(2)[split.inputs.cumsum(axis=1) % 2]

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / 2, "cross_entropy": log(2)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [Parity]
