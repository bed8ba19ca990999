"""What is [MAX 2 9 [MIN 4 7 ] 0 ]?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqbench import (
    Lesson,
    Model,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    Tokens,
    hookimpl,
)
from seqbench_plugins.tasks.nested import trees

MIN, MAX, MED, SM, END = range(10, 15)  # after the digits
MOST = 5  # arguments


@dataclass(frozen=True)
class ListOps(Task):
    """Operators on lists of two to five digits or lists: the value of all, at the last bracket.

    inputs   max 2 9 min 4 7 ] 0 ]
    targets   .  . .  .  . . . . 9      (a dot: not counted)

    The operators are min, max, the median (of an even number the mean of the middle two, rounded
    down) and the sum modulo 10. Short as they are here, no score may be compared with those of
    Long Range Arena, whose lists have 500 to 2,000 tokens and up to ten arguments.
    """

    name = "listops"
    source = (
        "Nangia and Bowman, ListOps: a diagnostic dataset for latent tree learning, 2018, by their "
        "grammar (an argument is a list one time in four), drawn given its length and without "
        "their redundant brackets or their bound of 20 on the depth; not that of Long Range Arena"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=32_000, valid=500, test=1000)
    recipe: ClassVar = {"examples": 64_000, "evaluations": 10, "patience": 0}
    length: int = 16  # tokens; short lists are few, which train and test share

    def __post_init__(self) -> None:
        if not 4 <= self.length <= 512:
            raise SeqbenchError(f"listops.length is {self.length}; it takes 4 to 512")

    def signature(self) -> Signature:
        return Signature(Tokens(END + 1), Tokens(10), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        arguments = trees(n, self.length, rng)  # of each operator; 0 at a digit, -1 at an end
        digits = rng.integers(0, 10, arguments.shape)
        operators = rng.integers(MIN, END, arguments.shape)
        inputs = np.where(arguments > 0, operators, np.where(arguments < 0, END, digits))
        targets = np.zeros_like(inputs)
        targets[:, -1] = values(inputs)
        mask = np.zeros(inputs.shape, bool)
        mask[:, -1] = True
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        answers = np.eye(10)[values(split.inputs)]  # (N, 10)
        return np.broadcast_to(answers[:, None], (*split.inputs.shape, 10))

    def baselines(self):
        return {**super().baselines(), "first_operator": first_operator}


def values(tokens: np.ndarray) -> np.ndarray:
    """Of lists (N, T) that begin with an operator and end with its bracket: (N,)."""
    n, length = tokens.shape
    rows, level = np.arange(n), np.zeros(n, np.int64)  # open lists
    levels = (length - 1) // 3 + 2
    operator = np.zeros((levels, n), np.int64)
    heard = np.zeros((levels, n), np.int64)  # arguments so far
    arguments = np.zeros((levels, n, MOST + 1), np.int64)
    for token in np.ascontiguousarray(tokens.T):
        ends = np.flatnonzero(token == END)
        value, opens = token.copy(), (token >= MIN) & (token < END)
        at = level[ends]
        value[ends] = applied(operator[at, ends], arguments[at, ends], heard[at, ends])
        level[ends] -= 1
        said = np.where(opens, MOST, heard[level, rows])  # an operator is said to nobody
        arguments[level, rows, said] = value
        heard[level, rows] += ~opens
        level += opens
        operator[level, rows] = np.where(opens, token, operator[level, rows])
        heard[level, rows] *= ~opens
    return arguments[0, :, 0]


def applied(operator: np.ndarray, arguments: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Operators (M,) of the first `count` (M,) of their arguments (M, MOST + 1): (M,)."""
    there = np.arange(arguments.shape[1]) < count[:, None]
    ordered, rows = np.sort(np.where(there, arguments, END), axis=1), np.arange(len(count))
    low, high = ordered[:, 0], ordered[rows, count - 1]
    middle = ordered[rows, (count - 1) // 2] + ordered[rows, count // 2]
    total = np.where(there, arguments, 0).sum(axis=1)
    return np.choose(operator - MIN, [low, high, middle // 2, total % 10])


def first_operator(lesson: Lesson) -> Model:
    """Each answer by its share among the training examples that begin with the same operator."""
    counts = np.ones((lesson.io.inputs.channels, 10))
    np.add.at(counts, (lesson.train.inputs[:, 0], lesson.train.targets[lesson.train.mask]), 1)
    scores = np.log(counts / counts.sum(axis=1, keepdims=True))

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        return np.broadcast_to(scores[inputs[:, :1]], (*inputs.shape, 10))

    return Model(predict, scores.size)


@hookimpl
def tasks() -> list[type[Task]]:
    return [ListOps]
