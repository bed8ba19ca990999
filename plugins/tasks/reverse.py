"""Say a string backwards: with a sign that it is over, or as in the Chomsky-hierarchy study."""

from dataclasses import dataclass

import numpy as np

from seqbench import Task, hookimpl
from seqbench_plugins.tasks.string_task import StringTask


@dataclass(frozen=True)
class Reverse(StringTask):
    """Symbols, a go sign, then blanks at which the symbols are due, the last one first.

    inputs   3 0 5 g _ _ _
    targets  . . . . 5 0 3      (a dot: not counted)
    """

    name = "reverse"
    source = (
        "Grefenstette et al., Learning to transduce with unbounded memory, 2015, sequence "
        "reversal: they take 8 to 64 of 128 symbols and show the model each right answer before "
        "the next; here the model sees blanks instead, and the symbols are 8 unless told otherwise"
    )
    sign = True
    length: int = 8  # symbols of the string
    vocab: int = 8  # different symbols, beside the blank and the go sign

    def answers(self, strings: np.ndarray) -> np.ndarray:
        return strings[:, ::-1]


@dataclass(frozen=True)
class ReverseString(Reverse):
    """Bits, then blanks at which they are due, the last one first; there is no go sign.

    inputs   1 0 0 _ _ _
    targets  . . . 0 0 1      (a dot: not counted)
    """

    name = "reverse_string"
    source = (
        "Delétang et al., Neural networks and the Chomsky hierarchy, 2023, reverse string "
        "(deterministic context-free): strings of 1 to 40 bits, then as many empty tokens"
    )
    sign = False
    length: int = 16  # bits; there are few short strings, which train and test share
    vocab: int = 2  # different symbols, beside the blank


@hookimpl
def tasks() -> list[type[Task]]:
    return [Reverse, ReverseString]
