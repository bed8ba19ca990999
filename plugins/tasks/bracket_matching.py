"""Which bracket has to be closed next?"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
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


@dataclass(frozen=True)
class BracketMatching(Task):
    """Brackets of some kinds, well nested, at most `depth` of them open: which kind closes next?

    inputs   ( [ ] [ ( ) ] )
    targets  ( [ ( [ ( [ ( .      (a dot: nothing is open, not counted)

    Where none is open one opens; where `depth` are, the last one closes; else both are as likely.
    Sequences are the first `length` brackets of endless ones: some stay open.
    """

    name = "bracket_matching"
    source = (
        "Hewitt et al., RNNs can generate bounded hierarchical languages with optimal memory, "
        "2020: their Dyck-(k, m) and its distribution but for the end of a word, with k kinds, m "
        "the depth, and their test, the closing bracket among closing ones, as the task; they "
        "train language models on words of up to 84 brackets (m 3) and test on 85 to 168"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=16_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    distance = "depth"
    distances = (1, 2, 3, 4, 5, 6, 8, 12)
    length: int = 32  # brackets
    depth: int = 3  # most that are open at once
    kinds: int = 8  # of brackets

    def __post_init__(self) -> None:
        for setting, least in (("length", 1), ("depth", 1), ("kinds", 2)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(
                    f"bracket_matching.{setting} is {value}; it takes {least} or more"
                )

    def signature(self) -> Signature:
        return Signature(Tokens(2 * self.kinds), Tokens(self.kinds), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        rows, height = np.arange(n), np.zeros(n, np.int64)
        kinds = rng.integers(0, self.kinds, (self.length, n))
        coins = rng.integers(0, 2, (self.length, n), bool)
        stack = np.zeros((self.depth + 1, n), np.int64)  # the last row is written, never read
        inputs, targets, heights = (np.empty((self.length, n), np.int64) for _ in range(3))
        for step in range(self.length):
            opens = (height == 0) | (coins[step] & (height < self.depth))
            closed = self.kinds + stack[np.maximum(height - 1, 0), rows]
            inputs[step] = np.where(opens, kinds[step], closed)
            stack[np.where(opens, height, self.depth), rows] = kinds[step]
            height = heights[step] = height + np.where(opens, 1, -1)
            targets[step] = stack[np.maximum(height - 1, 0), rows]
        mask = heights.T > 0
        return Split(np.ascontiguousarray(inputs.T), np.where(mask, targets.T, 0), mask)

    def oracle(self, split: Split) -> np.ndarray:
        """At each step the last opening that took to the height that is there."""
        rise = np.where(split.inputs < self.kinds, 1, -1)
        height, step = rise.cumsum(axis=1), np.arange(split.inputs.shape[1])
        answers = np.zeros_like(split.inputs)
        for level in range(1, self.depth + 1):
            opened = (rise > 0) & (height == level)
            last = np.maximum.accumulate(np.where(opened, step, 0), axis=1)
            kind = np.take_along_axis(split.inputs, last, axis=1)
            answers = np.where(height == level, kind, answers)
        return np.eye(2 * self.kinds)[answers][..., : self.kinds]

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / self.kinds, "cross_entropy": log(self.kinds)}

    def baselines(self):
        return {**super().baselines(), "latest": latest}


def latest(lesson: Lesson) -> Model:
    """The bracket opened last, be it closed by now or not."""
    kinds = lesson.io.outputs.channels

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        step = np.arange(inputs.shape[1])
        last = np.maximum.accumulate(np.where(inputs < kinds, step, 0), axis=1)
        return np.eye(kinds)[np.take_along_axis(inputs, last, axis=1)]

    return Model(predict, 0)


@hookimpl
def tasks() -> list[type[Task]]:
    return [BracketMatching]
