"""What is 1 + 2 * 3 - 4, counted on a ring?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench_plugins.tasks.chances import best_guess

PLUS, MINUS, TIMES = range(3)  # after the numbers


@dataclass(frozen=True)
class ModularArithmetic(Task):
    """Numbers modulo `modulus`, with +, - or * between any two: the value; * comes before + and -.

    inputs   1 + 2 * 3 - 4
    targets  1 . 3 . 2 . 3      (modulus 5; a dot: not counted; every=False: the last alone counts)

    Asked after every number, a model is taught all lengths up to `length` at once.
    """

    name = "modular_arithmetic"
    source = (
        "Delétang et al., Neural networks and the Chomsky hierarchy, 2023, modular arithmetic "
        "(simple), without brackets, which is regular: they ask after the last of 1 to 40 tokens, "
        "here the value is asked after every number (or, with every=False, after the last)"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=32_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    length: int = 15  # tokens; as in the authors' code, an even length stands for the odd one below
    modulus: int = 5
    every: bool = True  # ask after every number, not after the last alone

    def __post_init__(self) -> None:
        for setting, least in (("length", 1), ("modulus", 2)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(
                    f"modular_arithmetic.{setting} is {value}; it takes {least} or more"
                )

    @property
    def numbers(self) -> int:
        """How many there are."""
        return (self.length + 1) // 2

    def signature(self) -> Signature:
        return Signature(Tokens(self.modulus + 3), Tokens(self.modulus), 2 * self.numbers - 1)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        inputs = np.empty((n, 2 * self.numbers - 1), np.int64)
        inputs[:, ::2] = rng.integers(0, self.modulus, (n, self.numbers))
        inputs[:, 1::2] = self.modulus + rng.integers(0, 3, (n, self.numbers - 1))
        targets = np.zeros_like(inputs)
        targets[:, ::2] = self.values(inputs)
        mask = np.zeros(inputs.shape, bool)
        mask[:, ::2] = self.every
        mask[:, -1] = True
        return Split(inputs, targets, mask)

    def values(self, inputs: np.ndarray) -> np.ndarray:
        """Of the expressions (N, T) up to each number: (N, numbers)."""
        numbers, signs = inputs[:, ::2].T, inputs[:, 1::2].T - self.modulus  # (numbers, N)
        done, term = np.zeros_like(numbers[0]), numbers[0]  # the value is their sum
        values = [term]
        for number, sign in zip(numbers[1:], signs, strict=True):
            times = sign == TIMES
            done = np.where(times, done, done + term) % self.modulus
            factor = np.where(times, term, np.where(sign == MINUS, -1, 1))
            term = factor * number % self.modulus
            values.append((done + term) % self.modulus)
        return np.stack(values, axis=1)

    def oracle(self, split: Split) -> np.ndarray:
        values = np.repeat(self.values(split.inputs), 2, axis=1)[:, :-1]
        return np.eye(self.modulus)[values]

    def chance(self) -> Mapping[str, float]:
        return best_guess(self.places()[0 if self.every else -1 :])

    def places(self) -> np.ndarray:
        """How likely each value is after each number, (numbers, modulus).

        Followed is how likely the sum of the terms before and the last term are what they are.
        """
        ring = np.arange(self.modulus)
        value = (ring[:, None] + ring) % self.modulus  # of a sum before and a term
        state = np.zeros((self.modulus, self.modulus))
        state[0] = 1 / self.modulus
        shares = []
        for _ in range(self.numbers):
            share = np.bincount(value.ravel(), state.ravel(), self.modulus)
            shares.append(share)
            product = np.zeros_like(state)
            for number in ring:
                np.add.at(product, (slice(None), ring * number % self.modulus), state)
            state = (2 / 3 * share[:, None] + 1 / 3 * product) / self.modulus
        return np.array(shares)


@hookimpl
def tasks() -> list[type[Task]]:
    return [ModularArithmetic]
