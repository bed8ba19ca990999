"""What comes of rearranging five things again and again?"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar, Literal

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench_plugins.tasks.chances import best_guess

PERMUTATIONS = np.array(list(permutations(range(5))))  # (120, 5), the first changes nothing
POWERS = 5 ** np.arange(5)  # a permutation read as a number of five digits
PLACE = np.zeros(5**5, np.int64)
PLACE[PERMUTATIONS @ POWERS] = np.arange(len(PERMUTATIONS))
TABLE = PLACE[PERMUTATIONS[:, PERMUTATIONS] @ POWERS]  # of a and b: the places of a, as b says
STAY, SHIFT, SWAP = PLACE[[(0, 1, 2, 3, 4), (1, 2, 3, 4, 0), (1, 0, 2, 3, 4)] @ POWERS]


@dataclass(frozen=True)
class S5Words(Task):
    """A word of permutations of five things; at every step the product so far, one of 120.

    inputs   2 2 1      (generators: stay, shift round, swap the first two)
    targets  a b c      (a: the first two swapped; b: nothing changed; c: all shifted round)

    The group is not solvable: nothing of constant depth, such as a Transformer or a linear state
    space model, is believed to do it at all lengths, and a recurrent network can.

    With letters=all every one of the 120 elements is a letter, whose products have to be learned
    one by one: of 64,000 examples a small network keeps little but the first step.
    """

    name = "s5_words"
    source = (
        "letters=all: Merrill, Petty and Sabharwal, The illusion of state in state-space models, "
        "2024, the word problem of S5, each of the 120 elements a letter and every prefix asked; "
        "letters=generators: Liu et al., Transformers learn shortcuts to automata, 2023"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=32_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 64_000, "evaluations": 10, "patience": 0}
    length: int = 12  # letters
    letters: Literal["all", "generators"] = "generators"
    every: bool = True  # ask at every step, not at the last alone

    def __post_init__(self) -> None:
        if self.length < 1:
            raise SeqbenchError(f"s5_words.length is {self.length}; it takes 1 or more")

    def alphabet(self) -> np.ndarray:
        """The permutation that each letter stands for."""
        every = np.arange(len(PERMUTATIONS))
        return every if self.letters == "all" else np.array([STAY, SHIFT, SWAP])

    def signature(self) -> Signature:
        return Signature(Tokens(len(self.alphabet())), Tokens(len(PERMUTATIONS)), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        inputs = rng.integers(0, len(self.alphabet()), (n, self.length))
        mask = np.full(inputs.shape, self.every)
        mask[:, -1] = True
        return Split(inputs, self.products(inputs), mask)

    def products(self, inputs: np.ndarray) -> np.ndarray:
        """Of the letters (N, T) up to each step, (N, T)."""
        letters = np.ascontiguousarray(self.alphabet()[inputs].T)  # (T, N)
        products = np.empty_like(letters)
        product = products[0] = letters[0]
        for step in range(1, len(letters)):
            product = products[step] = TABLE[product, letters[step]]
        return np.ascontiguousarray(products.T)

    def oracle(self, split: Split) -> np.ndarray:
        return np.eye(len(PERMUTATIONS))[self.products(split.inputs)]

    def chance(self) -> Mapping[str, float]:
        return best_guess(self.places()[0 if self.every else -1 :])

    def places(self) -> np.ndarray:
        """How likely each product is at each step, (length, 120)."""
        reached, shares = np.zeros(len(PERMUTATIONS)), []
        reached[STAY] = 1
        ways = TABLE[:, self.alphabet()]  # (120, letters): where each letter leads
        for _ in range(self.length):
            share = np.repeat(reached / ways.shape[1], ways.shape[1])
            reached = np.bincount(ways.ravel(), share, len(PERMUTATIONS))
            shares.append(reached)
        return np.array(shares)


@hookimpl
def tasks() -> list[type[Task]]:
    return [S5Words]
