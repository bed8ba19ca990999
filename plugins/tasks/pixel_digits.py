"""Handwritten digits, read pixel by pixel."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log
from typing import ClassVar

import numpy as np

from seqbench import Missing, Reals, Role, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.linear import bag

DIGITS, PIXELS, GREYS = 10, 64, 17
PARTS: dict[Role, tuple[float, float]] = {"train": (0, 0.7), "valid": (0.7, 0.8), "test": (0.8, 1)}


@dataclass(frozen=True)
class PixelDigits(Task):
    """The digit in a picture of 8 x 8, row by row as 64 steps, told at the last pixel.

    Of each digit's pictures, in the order of the data set, the first 70 % are train, the next
    10 % valid and the last 20 % test: neighbours in it tend to come from one hand, and should
    not stand on both sides. The seed draws nothing here: fewer examples are the first, digit by
    digit in turn.
    """

    name = "pixel_digits"
    source = (
        "Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, 1998 (its test part, as "
        "scikit-learn carries it); UCI, doi 10.24432/C50P49, CC BY 4.0"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=1262, valid=180, test=355)
    recipe: ClassVar = {"examples": 12_000, "evaluations": 10}

    def signature(self) -> Signature:
        return Signature(Reals(1), Tokens(DIGITS), PIXELS, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        pixels, digits = pictures()
        rows = chosen(role, digits)[:n]
        last = np.arange(PIXELS) == PIXELS - 1
        return Split(
            (pixels[rows, :, None] / (GREYS - 1)).astype(np.float32),
            np.repeat(digits[rows, None], PIXELS, axis=1),
            np.tile(last, (len(rows), 1)),
        )

    def checksum(self) -> str:
        pixels, digits = pictures()
        return hashlib.sha256(pixels.tobytes() + digits.tobytes()).hexdigest()

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / DIGITS, "cross_entropy": log(DIGITS)}

    def baselines(self):
        return {**super().baselines(), "bag_of_pixels": bag(histogram)}


@cache
def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Pixels (1797, 64) from 0 to 16, and digits (1797,)."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise Missing(
            "pixel_digits needs scikit-learn, which carries the pictures; "
            "bring it with `pip install 'seqbench[data]'`"
        ) from None
    pixels, digits = load_digits(return_X_y=True)
    return pixels.astype(np.uint8), digits.astype(np.int64)


def chosen(role: Role, digits: np.ndarray) -> np.ndarray:
    """The rows of a role, digit by digit in turn, so that a few are of all digits."""
    turn, place = np.empty(len(digits), np.int64), np.empty(len(digits))
    for digit in range(DIGITS):
        rows = np.flatnonzero(digits == digit)
        turn[rows] = np.arange(len(rows))
        place[rows] = turn[rows] / len(rows)
    order = np.lexsort((digits, turn))
    start, end = PARTS[role]
    return order[(start <= place[order]) & (place[order] < end)]


def histogram(inputs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """How many pixels have each grey: (N, 64, 1) -> (N, 17)."""
    greys = np.rint(inputs[:, :, 0] * (GREYS - 1))
    return (greys[:, :, None] == np.arange(GREYS)).sum(axis=1)


@hookimpl
def tasks() -> list[type[Task]]:
    return [PixelDigits]
