"""Say symbols in their order: different ones, or few that come often."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from seqbench import SeqbenchError, Task, hookimpl
from seqbench_plugins.tasks.chances import best_guess
from seqbench_plugins.tasks.distinct import distinct
from seqbench_plugins.tasks.string_task import StringTask


@dataclass(frozen=True)
class Sorting(StringTask):
    """Different numbers, a go sign, then blanks at which they are due, from the least on.

    inputs   7 2 5 g _ _ _
    targets  . . . . 2 5 7      (a dot: not counted)

    As no number comes twice, which numbers there are tells all; where they stood tells nothing.
    """

    name = "sorting"
    source = (
        "Vinyals, Bengio and Kudlur, Order matters: sequence to sequence for sets, 2016, sorting: "
        "they take 5 to 15 reals and point at places, here it is whole numbers without repetition"
    )
    sign = True
    length: int = 8  # numbers; at most `vocab`
    vocab: int = 32  # numbers to choose from

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length > self.vocab:
            raise SeqbenchError(
                f"sorting.length is {self.length}; with {self.vocab} numbers (vocab), none of "
                f"which comes twice, it takes 1 to {self.vocab}"
            )

    def strings(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return distinct(n, self.length, self.vocab, rng)

    def answers(self, strings: np.ndarray) -> np.ndarray:
        return np.sort(strings, axis=1)

    def chance(self) -> Mapping[str, float]:
        return best_guess(self.places())

    def places(self) -> np.ndarray:
        """How likely each number is at each place of the answer, (length, vocab).

        `below` of the others are less and the rest more; all choices of them are alike.
        """
        value, below = np.arange(self.vocab), np.arange(self.length)[:, None]
        less = choices(value, below)
        more = choices(self.vocab - 1 - value, self.length - 1 - below)
        return np.exp(less + more - choices(np.array(self.vocab), np.array(self.length)))


@dataclass(frozen=True)
class BucketSort(StringTask):
    """Symbols of a small alphabet, then blanks at which they are due in order.

    inputs   1 4 0 1 _ _ _ _
    targets  . . . . 0 1 1 4      (a dot: not counted)

    How often each symbol came tells all, so that counting is enough.
    """

    name = "bucket_sort"
    source = (
        "Delétang et al., Neural networks and the Chomsky hierarchy, 2023, bucket sort (context-"
        "sensitive): strings of 1 to 40 of 5 symbols, then as many empty tokens"
    )
    vocab: int = 5  # different symbols, beside the blank

    def answers(self, strings: np.ndarray) -> np.ndarray:
        return np.sort(strings, axis=1)

    def chance(self) -> Mapping[str, float]:
        return best_guess(self.places())

    def places(self) -> np.ndarray:
        """How likely each symbol is at each place of the answer, (length, vocab)."""
        share = np.arange(1, self.vocab + 1) / self.vocab  # of symbols up to each one
        count = np.zeros((self.length + 1, self.vocab))  # how likely so many are up to it
        count[0] = 1
        for _ in range(self.length):
            more = count[:-1] * share
            count *= 1 - share
            count[1:] += more
        up_to = count[::-1].cumsum(axis=0)[::-1][1:]  # place j has it if j + 1 or more are
        return np.diff(up_to, axis=1, prepend=0)


def choices(of: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """log of how many ways there are to take some of so many; -inf where there is none."""
    logs = np.concatenate([[0], np.log(np.arange(1, max(of.max(), taken.max()) + 1)).cumsum()])
    fits = (taken >= 0) & (taken <= of)
    rest = np.where(fits, of - taken, 0)
    return np.where(fits, logs[of] - logs[np.where(fits, taken, 0)] - logs[rest], -np.inf)


@hookimpl
def tasks() -> list[type[Task]]:
    return [Sorting, BucketSort]
