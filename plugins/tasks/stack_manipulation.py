"""What is left on a stack after some pushing and popping?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench_plugins.tasks.chances import best_guess

POP, PUSH, BLANK, END = 2, 3, 5, 2  # 0 and 1 are bits, 3 and 4 push them; answers: 0, 1, END


@dataclass(frozen=True)
class StackManipulation(Task):
    """A stack of bits, the bottom first, then what is done to it: what is there, from the top?

    inputs   0 1 1 push-0 pop pop _ _ _ _ _ _ _
    targets  . . . .      .   .   1 0 e . . . .      (e: no more; a dot: not counted)

    One to `length` - 1 bits, each number alike, then pop, push 0 and push 1 alike, `length` in
    all. To pop an empty stack does nothing.
    """

    name = "stack_manipulation"
    source = (
        "Delétang et al., Neural networks and the Chomsky hierarchy, 2023, stack manipulation "
        "(deterministic context-free): 1 to 40 tokens, then as many empty ones and one more"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=32_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    length: int = 16  # bits and actions; there are few short ones, which train and test share

    def __post_init__(self) -> None:
        if self.length < 1:
            raise SeqbenchError(f"stack_manipulation.length is {self.length}; it takes 1 or more")

    def signature(self) -> Signature:
        return Signature(Tokens(BLANK + 1), Tokens(END + 1), 2 * self.length + 1)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        filled = rng.integers(1, max(self.length, 2), (n, 1))  # bits there from the start
        bits, actions = (rng.integers(low, low + kinds, (n, self.length)) for low, kinds in KINDS)
        inputs = np.full((n, 2 * self.length + 1), BLANK)
        inputs[:, : self.length] = np.where(np.arange(self.length) < filled, bits, actions)
        answers, counted = final(inputs[:, : self.length])
        targets = np.zeros_like(inputs)
        targets[:, self.length :] = answers
        mask = np.zeros(inputs.shape, bool)
        mask[:, self.length :] = counted
        return Split(inputs, targets, mask)

    def oracle(self, split: Split) -> np.ndarray:
        answers = np.zeros(split.inputs.shape, np.int64)
        answers[:, self.length :], _ = final(split.inputs[:, : self.length])
        return np.eye(END + 1)[answers]

    def chance(self) -> Mapping[str, float]:
        height = self.heights()
        higher = 1 - height.cumsum()
        return best_guess(np.stack([higher / 2, higher / 2, height], axis=1))

    def heights(self) -> np.ndarray:
        """How likely the final stack is to have 0 to `length` bits."""
        height = np.zeros(self.length + 1)
        if self.length == 1:
            height[1] = 1
        for start in range(1, self.length):  # those that begin with so many bits join in
            height[start] += 1 / (self.length - 1)
            popped = np.append(height[1:], 0)
            popped[0] += height[0]
            height = popped / 3 + np.append(0, height[:-1]) * 2 / 3
        return height


KINDS = ((0, 2), (POP, 3))  # the first token and the number of bits, and of actions


def final(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is left by bits and actions (N, length), from the top, END after it, and then zeros.

    (N, length + 1), and where that is asked: up to END, and END too.
    """
    n, length = tokens.shape
    rows, height = np.arange(n), np.zeros(n, np.int64)
    stack = np.zeros((length + 1, n), np.int64)
    for token in np.ascontiguousarray(tokens.T):
        popping = token == POP
        stack[height, rows] = np.where(token < POP, token, token - PUSH)  # above the top if popping
        height += np.where(popping, -(height > 0).astype(np.int64), 1)
    place = np.arange(length + 1)[:, None]  # (places, 1)
    answers = stack[np.maximum(height - 1 - place, 0), rows]
    answers = np.where(place < height, answers, np.where(place == height, END, 0))
    return answers.T, (place <= height).T


@hookimpl
def tasks() -> list[type[Task]]:
    return [StackManipulation]
