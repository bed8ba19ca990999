"""Add two numbers that are written in bits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench_plugins.tasks.chances import best_guess

PLUS, BLANK, END = 2, 3, 2  # of the inputs, and of the answers: 0, 1, END


@dataclass(frozen=True)
class BinaryAddition(Task):
    """Two numbers in bits, the least bit first, with a plus between them: their sum likewise.

    inputs   0 0 1 + 0 1 1 0 1 _ _ _ _ _ _ _ _ _ _
    targets  . . . . . . . . . 0 1 0 1 1 e . . . .

    That is 4 + 22 = 26; e: no more; a dot: not counted.

    The place of the plus is drawn, and then two numbers, from 1 to the most that fits; zeros fill
    up what is left of them. The sum has none at its end.
    """

    name = "binary_addition"
    source = (
        "Delétang et al., Neural networks and the Chomsky hierarchy, 2023, binary addition "
        "(context-sensitive): 3 to 40 tokens, then as many empty ones and one more; they have a "
        "lone number in 1 or 2 tokens too"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=32_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    length: int = 17  # bits of both numbers and the plus; there are few short ones

    def __post_init__(self) -> None:
        if self.length < 3:
            raise SeqbenchError(f"binary_addition.length is {self.length}; it takes 3 or more")

    def signature(self) -> Signature:
        return Signature(Tokens(BLANK + 1), Tokens(END + 1), 2 * self.length + 1)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        plus = rng.integers(1, self.length - 1, n)
        inputs = np.full((n, 2 * self.length + 1), BLANK)
        inputs[:, : self.length] = expressions(plus, self.length, rng)
        answers, counted = sums(inputs[:, : self.length])
        targets = np.zeros_like(inputs)
        targets[:, self.length :] = answers
        mask = np.zeros(inputs.shape, bool)
        mask[:, self.length :] = counted
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        answers = np.zeros(split.inputs.shape, np.int64)
        answers[:, self.length :], _ = sums(split.inputs[:, : self.length])
        return np.eye(END + 1)[answers]

    def chance(self) -> Mapping[str, float]:
        return best_guess(self.places())

    def places(self) -> np.ndarray:
        """How likely 0, 1 and END are at each place of the answer, (length + 1, 3).

        Followed from place to place is whether 1 is carried (c) and whether the first and the
        second number have had a 1 yet (f, s), as neither of them may be 0.
        """
        first = np.arange(1, self.length - 1)  # bits of the first number, each length alike
        bits = np.stack([first, self.length - 1 - first])  # (2, splits)
        ways = np.zeros((2, 2, 2, len(first)))  # c, f, s, split
        ways[0, 0, 0] = 1 / len(first) / np.prod(1 - 0.5**bits, axis=0)
        shares, over = np.zeros((self.length + 1, END + 1)), 0.0
        for place in range(self.length + 1):
            silent = 0.5 ** np.maximum(bits - place, 0)  # the numbers have no 1 from here on
            ended = (ways[0, 1, 1] * silent.prod(axis=0)).sum()  # here or before
            one, ways = added(ways, bits > place)
            later = 1 - 0.5 ** np.maximum(bits - place - 1, 0)
            fine = np.stack([later, np.ones_like(later)], axis=1)  # (2 numbers, 1 yet?, splits)
            ones = (one * fine[0][:, None] * fine[1][None]).sum()
            shares[place] = 1 - ended - ones, ones, ended - over
            over = ended
        return shares


def added(ways: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One place further: of ways (c, f, s, split), those with a 1 there (f, s, split), and all."""
    ones, after = np.zeros_like(ways[0]), np.zeros_like(ways)
    for c, f, s, a, b in np.ndindex(2, 2, 2, 2, 2):
        likely = np.where(real[0], 0.5, 1 - a) * np.where(real[1], 0.5, 1 - b)
        moved = ways[c, f, s] * likely
        after[(a + b + c) // 2, f | a, s | b] += moved
        ones[f | a, s | b] += moved * ((a + b + c) % 2)
    return ones, after


def expressions(plus: np.ndarray, length: int, rng: np.random.Generator) -> np.ndarray:
    """Two numbers above 0 with a plus at place `plus` (N,): (N, length)."""
    place, plus = np.arange(length), plus[:, None]
    tokens = rng.integers(0, 2, (len(plus), length))
    for part in (place < plus, place > plus):
        while len(empty := np.flatnonzero(~(tokens & part).any(axis=1))):
            again = rng.integers(0, 2, (len(empty), length))
            tokens[empty] = np.where(part[empty], again, tokens[empty])
    tokens[place == plus] = PLUS
    return tokens


def sums(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of expressions (N, length): bits, END and then zeros, (N, length + 1), and where asked."""
    n, length = tokens.shape
    plus = (tokens == PLUS).argmax(axis=1)
    flat, start = tokens.ravel(), np.arange(n) * length
    total = np.empty((length + 1, n), np.int64)
    carry = np.zeros(n, np.int64)
    for place in range(length + 1):
        for first, bits in ((start, plus), (start + plus + 1, length - 1 - plus)):
            real = place < bits
            carry = carry + np.where(real, flat[np.where(real, first + place, 0)], 0)
        total[place] = carry & 1
        carry >>= 1
    size = length + 1 - total[::-1].argmax(axis=0)  # bits up to the last 1
    place = np.arange(length + 1)[:, None]
    return np.where(place == size, END, total).T, (place <= size).T


@hookimpl
def tasks() -> list[type[Task]]:
    return [BinaryAddition]
