"""The next character of a text, at every step."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log2
from pathlib import Path
from typing import ClassVar

import numpy as np

from seqbench import (
    Lesson,
    Model,
    Role,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    Tokens,
    hookimpl,
)
from seqbench.kits.utf8 import decoded

PARTS: dict[Role, tuple[float, float]] = {"train": (0, 0.8), "valid": (0.8, 0.9), "test": (0.9, 1)}
RARE = 5  # characters that train has less often are the unknown symbol, which so is learned too
WANTED = "it takes a UTF-8 text"
SMOOTHING = 20.0  # of the bigram, in observations; chosen on valid


@dataclass(frozen=True)
class CharLM(Task):
    """Predict each next character of English prose about Python, or of a text of one's own.

    The first 80 % of the text are train, the next 10 % valid, the last 10 % test. Train gives
    windows at random places; valid and test give windows side by side, in which each character
    counts once (the very first of a part excepted), or as many of them, evenly spread, as were
    asked for. Symbol 0 stands for every character that is rare or absent in train: the score
    then counts what the model pays for saying "unknown", not for which one it was.
    """

    name = "char_lm"
    source = "the language reference in CPython's pydoc_data.topics, PSF-2.0; differs by version"
    metrics = ("bits_per_character", "accuracy")
    sizes = Sizes(train=8000, valid=150, test=1000)
    recipe: ClassVar = {"examples": 8_000, "evaluations": 8}
    length: int = 64  # characters in a window
    file: str = ""  # a UTF-8 text to use in place of the bundled one

    def __post_init__(self) -> None:
        if self.length < 1:
            raise SeqbenchError(f"char_lm.length is {self.length}; it takes 1 or more")

    def signature(self) -> Signature:
        symbols = Tokens(len(vocabulary(self.text())) + 1)
        return Signature(symbols, symbols, self.length)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        text = self.text()
        part = share(encoded(text, vocabulary(text)), role)  # (characters,)
        if role == "train":
            starts = rng.integers(0, len(part) - self.length, n)
            fresh = np.zeros(n, np.int64)
        else:
            starts, fresh = side_by_side(len(part) - 1, self.length, n)
        steps = np.arange(self.length)
        at = starts[:, None] + steps  # (N, T)
        return Split(part[at], part[at + 1], steps >= fresh[:, None])

    def checksum(self) -> str:
        return hashlib.sha256(self.text().encode()).hexdigest()

    def chance(self) -> Mapping[str, float]:
        symbols = self.signature().outputs.channels
        return {"bits_per_character": log2(symbols), "accuracy": 1 / symbols}

    def baselines(self):
        return {"unigram": super().baselines()["majority"], "bigram": bigram}

    def text(self) -> str:
        """The whole text; SeqbenchError where the user's file cannot serve."""
        if not self.file:
            return reference()
        path = Path(self.file).expanduser()
        try:
            text = user_text(path, path.stat().st_mtime_ns)
        except (OSError, ValueError) as error:  # ValueError: a path with a NUL
            why = getattr(error, "strerror", None) or error
            raise SeqbenchError(f"char_lm.file: {path} cannot be read ({why}); {WANTED}") from error
        if len(text) < (least := 10 * (self.length + 2)):
            raise SeqbenchError(
                f"char_lm.file: {path} has {len(text)} characters; windows of {self.length} take "
                f"{least} or more"
            )
        return text


@cache
def reference() -> str:
    """The reference text, topic by topic in the order of their names, each paragraph once.

    Topics repeat whole passages of each other, which would stand in train and in test.
    """
    from pydoc_data.topics import topics

    whole = normal("\n\n".join(topics[name] for name in sorted(topics)))
    return "\n\n".join(dict.fromkeys(re.split(r"\n\s*\n", whole.strip("\n"))))


@cache
def user_text(path: Path, changed: int) -> str:
    """The text of a file, read again where its time of change is another."""
    return normal(decoded(path.read_bytes(), f"char_lm.file: {path}", WANTED))


def normal(text: str) -> str:
    """One spelling for each character and each end of a line."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def share(whole: np.ndarray, role: Role) -> np.ndarray:
    """The stretch of the text that is the role's."""
    start, end = PARTS[role]
    return whole[round(start * len(whole)) : round(end * len(whole))]


@cache
def vocabulary(text: str) -> np.ndarray:
    """The code points that train has often enough, in order."""
    points, counts = np.unique(share(code_points(text), "train"), return_counts=True)
    return points[counts >= min(RARE, counts.max())]


def encoded(text: str, known: np.ndarray) -> np.ndarray:
    """Each character as its place in `known` plus 1, or 0."""
    points = code_points(text)
    place = np.searchsorted(known, points).clip(max=len(known) - 1)
    return np.where(known[place] == points, place + 1, 0)


def code_points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def side_by_side(steps: int, length: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Starts of windows that cover all steps, and from which step on each counts, for up to n.

    The last window is pushed back to end with the text, and counts what no other did.
    """
    starts = np.arange(0, steps, length)
    pushed = np.minimum(starts, steps - length)
    rows = np.linspace(0, len(starts) - 1, min(n, len(starts))).round().astype(np.int64)
    return pushed[rows], (starts - pushed)[rows]


def bigram(lesson: Lesson) -> Model:
    """How often each character followed the last one, drawn a little towards how often it comes."""
    vocab, train = lesson.io.inputs.channels, lesson.train
    pairs = train.inputs[train.mask] * vocab + train.targets[train.mask]
    counts = np.bincount(pairs, minlength=vocab**2).reshape(vocab, vocab)
    alone = (counts.sum(axis=0) + 1) / (counts.sum() + vocab)
    table = (counts + SMOOTHING * alone) / (counts.sum(axis=1, keepdims=True) + SMOOTHING)
    scores = np.log(table)
    return Model(lambda inputs, lengths=None: scores[inputs], table.size)


@hookimpl
def tasks() -> list[type[Task]]:
    return [CharLM]
