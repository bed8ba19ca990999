"""From one picture to many tokens: handwritten digits, to be read out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from seqbench import (
    Continuation,
    Lesson,
    Model,
    Reals,
    Role,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    hookimpl,
)
from seqbench.kits.pictures import SOURCE, checksum, digits, digits_of

SIDE, END = 8, 0
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LETTERS = (" ", *sorted(set("".join(WORDS))))  # tokens 1, 2, ...


@dataclass(frozen=True)
class CaptionDigits(Task):
    """A picture of 1 to `digits` handwritten digits at the first step, continued by its caption.

    A step is the picture's numbers (8 rows, a strip of `digits` places, empty ones at its right),
    which are 0 after the first step, and then the one-hot of the token before. The caption is the
    digits' words, letter by letter with blanks between ("three five"), or one token a digit. The
    pictures of train, valid and test are each split's own.
    """

    name = "caption_digits"
    source = f"pictures put together here, of: {SOURCE}"
    metrics = ("exact_match", "token_error_rate", "accuracy", "cross_entropy")
    sizes = Sizes(train=4000, valid=200, test=500)
    recipe: ClassVar = {"examples": 24_000, "evaluations": 8}
    digits: int = 2  # in a picture at most
    spelled: bool = True  # whether the caption is words in letters; else a token is a digit

    def __post_init__(self) -> None:
        if not 1 <= self.digits <= 20:
            raise SeqbenchError(f"caption_digits.digits is {self.digits}; it takes 1 to 20 at most")

    def signature(self) -> Signature:
        vocab = 1 + len(LETTERS if self.spelled else WORDS)
        longest = max(map(len, captions(self.spelled))) * self.digits
        longest += self.digits - 1 if self.spelled else 0  # blanks
        answer = Continuation(vocab, END)
        inputs = Reals(SIDE * SIDE * self.digits + vocab)
        return Signature(inputs, answer, longest + 1, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        pictures, labels = digits_of(role)
        count = rng.integers(1, self.digits + 1, n)
        there = np.arange(self.digits) < count[:, None]  # (n, digits)
        which = rng.integers(0, len(pictures), there.shape)
        strips = pictures[which] * there[:, :, None, None]  # (n, digits, 8, 8)
        read = [caption(labels[row[:c]], self.spelled) for row, c in zip(which, count, strict=True)]
        lengths = np.array([len(tokens) for tokens in read])
        vocab = self.signature().outputs.channels
        targets = np.zeros((n, lengths.max()), np.int64)
        for row, tokens in zip(targets, read, strict=True):
            row[: len(tokens)] = tokens
        mask = np.arange(targets.shape[1]) < lengths[:, None]
        inputs = np.zeros((*targets.shape, SIDE * SIDE * self.digits + vocab), np.float32)
        inputs[:, 0, :-vocab] = strips.transpose(0, 2, 1, 3).reshape(n, -1)
        inputs[:, 1:, -vocab:] = np.eye(vocab)[targets[:, :-1]] * mask[:, 1:, None]
        return Split(inputs, targets, mask, lengths)

    def checksum(self) -> str:
        return checksum(*digits())

    def chance(self) -> Mapping[str, float]:
        return {"exact_match": 1 / self.digits / len(WORDS)}  # of a caption of one digit

    def baselines(self):
        return {**super().baselines(), "blind": blind}


def caption(labels: np.ndarray, spelled: bool) -> list[int]:
    """The tokens of digits (L,), with the end."""
    words = [captions(spelled)[label] for label in labels]
    blank = [1] if spelled else []
    told = [token for word in words for token in [*blank, *word]]
    return [*told[len(blank) :], END]


@cache
def captions(spelled: bool) -> list[list[int]]:
    """The tokens of each digit."""
    if not spelled:
        return [[1 + digit] for digit in range(len(WORDS))]
    return [[1 + LETTERS.index(letter) for letter in word] for word in WORDS]


def blind(lesson: Lesson) -> Model:
    """How often each token came after all that was said before it, without the picture.

    After what was never said, as often as it comes at all.
    """
    train, vocab = lesson.train, lesson.io.outputs.channels
    seen: dict[bytes, np.ndarray] = {}
    for row, mask in zip(train.targets, train.mask, strict=True):
        for k, token in enumerate(row[mask]):
            counts = seen.setdefault(row[:k].tobytes(), np.full(vocab, 0.01))
            counts[token] += 1
    anything = np.bincount(train.targets[train.mask], minlength=vocab) + 0.01

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        before = inputs[:, 1:, -vocab:].argmax(axis=-1).astype(np.int64)
        rows = [[row[:k].tobytes() for k in range(len(row) + 1)] for row in before]
        return np.log([[seen.get(key, anything) for key in row] for row in rows])

    return Model(predict, vocab * len(seen))


@hookimpl
def tasks() -> list[type[Task]]:
    return [CaptionDigits]
