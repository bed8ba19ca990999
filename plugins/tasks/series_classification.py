"""Whole series told apart: sets of the UCR and UEA archives, and `.ts` files of one's own."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from seqbench import Reals, Role, SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.archive import Member, Pin, read
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.ts_file import Series, padded, parse

WHEEL = Pin(
    "sktime==1.2.0",
    "sktime-1.2.0-py3-none-any.whl",
    "dbffc6731d2d683b668dceb5e2bbc5804bebc8446b4c580803a281684d90e4ae",
)
HELD_OUT = 5  # of each class one series in so many is valid
SETS = {  # what they are of, variables, classes, steps
    "BasicMotions": ("a watch's moves: standing, running, walking, badminton", 6, 4, 100),
    "ItalyPowerDemand": ("days of electricity demand, summer or winter", 1, 2, 24),
    "GunPoint": ("a hand that draws a gun or points", 1, 2, 150),
    "ArrowHead": ("outlines of arrowheads of three kinds", 1, 3, 251),
    "OSULeaf": ("outlines of leaves of six trees", 1, 6, 427),
}
MEMBERS = {
    (name, part): Member(
        "series_classification",
        WHEEL,
        f"sktime/datasets/data/{name}/{name}_{part}.ts",
        f"{about} ({part.lower()})",
        "data of the UCR and UEA archives, terms not stated; wheel BSD-3-Clause",
    )
    for name, (about, *_) in SETS.items()
    for part in ("TRAIN", "TEST")
}
Set = Literal["BasicMotions", "ItalyPowerDemand", "GunPoint", "ArrowHead", "OSULeaf"]


@dataclass(frozen=True)
class SeriesClassification(Task):
    """The class of a series, told at its last step.

    A `set` by name, or `.ts` files of one's own, `file` to learn from and `test_file`. The
    published test part is test; of the other one in five of each class is valid. Values are
    standardised by train. Where some are missing, each repeats the one before it (at the start it
    is the mean of train), and each variable has a second number, 1 where it is missing. Each split
    gives its series once, in random order, or as many of them as were asked for.
    """

    name = "series_classification"
    source = (
        "Dau et al., The UCR time series archive, 2018, and Bagnall et al., The UEA multivariate "
        "time series classification archive, 2018; terms of each set not stated"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=2000, valid=500, test=2000)
    recipe: ClassVar = {"examples": 4000, "evaluations": 10, "patience": 0}
    files = tuple(MEMBERS.values())
    set: Set = "BasicMotions"  # of the archives, where no file is set
    file: str = ""  # a .ts file of one's own
    test_file: str = ""  # another, with the same variables and labels

    def __post_init__(self) -> None:
        if bool(self.file) != bool(self.test_file):
            lacks = "file" if self.test_file else "test_file"
            raise SeqbenchError(
                f"series_classification.{lacks} is not set; it takes both .ts files"
            )

    def signature(self) -> Signature:
        if not self.file:
            _, width, many, steps = SETS[self.set]
            return Signature(Reals(width), Tokens(many), steps, causal=False)
        train, test = self.both()
        width = train.values[0].shape[1] * (2 if gaps(train, test) else 1)
        lengths = {len(one) for one in (*train.values, *test.values)}
        classes = Tokens(len(train.classes))
        return Signature(Reals(width), classes, max(lengths), causal=False, varied=len(lengths) > 1)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        io, (train, test) = self.signature(), self.both()
        here = test if role == "test" else train
        rows = np.arange(len(test.values)) if role == "test" else of(role, train)
        rows = rng.permutation(rows)[:n]
        mean, spread = moments(train)
        flagged = gaps(train, test)
        ready = [prepared(here.values[row], mean, spread, flagged) for row in rows]
        found = padded(tuple(ready), io.length)
        steps = np.arange(io.length)
        return Split(
            found.values.astype(np.float32),
            np.repeat(here.label[rows][:, None], io.length, axis=1),
            steps == found.lengths[:, None] - 1,
            found.lengths if io.varied else None,
        )

    def both(self) -> tuple[Series, Series]:
        """Train and test; SeqbenchError where they do not go together."""
        if not self.file:
            return published(self.set)
        name = "series_classification"
        train = parsed(own(f"{name}.file", self.file), f"{name}.file: {self.file}")
        test = parsed(
            own(f"{name}.test_file", self.test_file), f"{name}.test_file: {self.test_file}"
        )
        widths = [part.values[0].shape[1] for part in (train, test)]
        if widths[0] != widths[1] or train.classes != test.classes:
            raise SeqbenchError(
                f"{name}.test_file: {self.test_file} has {widths[1]} dimensions and the labels "
                f"{', '.join(test.classes)[:80]}, {self.file} {widths[0]} and "
                f"{', '.join(train.classes)[:80]}; they should be the same"
            )
        if not len(of("valid", train)):
            raise SeqbenchError(
                f"{name}.file: {self.file} leaves none for valid; it takes 2 or more of a class"
            )
        return train, test

    def checksum(self) -> str:
        if not self.file:
            return WHEEL.sha256
        files = (("file", self.file), ("test_file", self.test_file))
        raw = [own(f"series_classification.{part}", file) for part, file in files]
        return hashlib.sha256(b"\0".join(raw)).hexdigest()

    def chance(self) -> Mapping[str, float]:
        classes = self.signature().outputs.channels
        return {"accuracy": 1 / classes, "cross_entropy": log(classes)}

    def baselines(self) -> Any:
        return {**super().baselines(), "bag_of_steps": bag(mean_frame)}


def own(setting: str, file: str) -> bytes:
    """What a user's file holds."""
    try:
        return Path(file).expanduser().read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        why = getattr(error, "strerror", None) or error
        raise SeqbenchError(f"{setting}: {file} cannot be read ({why})") from error


@cache
def parsed(raw: bytes, where: str) -> Series:
    """A file's series, read once as long as it stays the same."""
    return parse(raw, where)


@cache
def published(name: str) -> tuple[Series, Series]:
    """Train and test of a set of the archives."""
    train, test = (parse(read(MEMBERS[name, part]), name) for part in ("TRAIN", "TEST"))
    return train, test


def of(role: Role, series: Series) -> np.ndarray:
    """The rows of train or valid: of each class the last of every five, of fewer the last one."""
    turn, often = np.zeros((2, len(series.label)), np.int64)
    for label in range(len(series.classes)):
        same = series.label == label
        turn[same], often[same] = np.arange(same.sum()), same.sum()
    late = np.minimum(HELD_OUT, often)
    held = (often > 1) & (turn % HELD_OUT == late - 1)
    return np.flatnonzero(held if role == "valid" else ~held)


def gaps(*parts: Series) -> bool:
    """Whether any value is missing."""
    return any(bool(np.isnan(one).any()) for part in parts for one in part.values)


def moments(series: Series) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each variable over train, of the values that are there: (width,)."""
    seen = np.concatenate([series.values[row] for row in of("train", series)])
    there = ~np.isnan(seen)
    many = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, seen, 0).sum(axis=0) / many
    spread = np.sqrt(np.square(np.where(there, seen - mean, 0)).sum(axis=0) / many)
    return mean, np.where(spread > 1e-12, spread, 1.0)


def prepared(one: np.ndarray, mean: np.ndarray, spread: np.ndarray, flagged: bool) -> np.ndarray:
    """A series standardised and filled, (length, width), and beside it what was missing."""
    there = ~np.isnan(one)
    last = np.maximum.accumulate(np.where(there, np.arange(len(one))[:, None], -1), axis=0)
    z = (one - mean) / spread
    filled = np.where(last >= 0, np.take_along_axis(z, np.maximum(last, 0), axis=0), 0)
    return np.hstack([filled, ~there]) if flagged else filled


@hookimpl
def tasks() -> list[type[Task]]:
    return [SeriesClassification]
