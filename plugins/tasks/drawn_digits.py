"""Digits drawn by a procedure, read pixel by pixel or row by row: needs no data at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log
from typing import Any, ClassVar

import numpy as np

from seqbench import Reals, SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.pictures import By, histogram, read_as

DIGITS, SIDE = 10, 8
HIGH, WIDE = 7, 5  # of a digit, which is slanted and then moved within the picture
SLANTS = (-1, 0, 1)  # columns by which its top stands to the left of its foot
FAINTEST = 0.6  # ink of a digit, from here to 1
DOTS = (
    "01110 10001 10011 10101 11001 10001 01110",
    "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00110 01000 10000 11111",
    "01110 10001 00001 00110 00001 10001 01110",
    "00010 00110 01010 10010 11111 00010 00010",
    "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110",
    "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110",
    "01110 10001 10001 01111 00001 00010 01100",
)


@dataclass(frozen=True)
class DrawnDigits(Task):
    """The digit in a picture of 8 x 8, told at the last of 64 pixels, or of 8 rows.

    Each of ten patterns of 5 x 7 dots is slanted to one side or not, set anywhere in the picture
    where it has room, in ink of 0.6 to 1, and covered by white noise of deviation `noise`; then
    what is below 0 or above 1 is cut off.
    """

    name = "drawn_digits"
    source = "own procedure, a twin of pixel_digits; the dots are those of character displays"
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=6000, valid=250, test=1000)
    recipe: ClassVar[Mapping[str, Any]] = {"examples": 24_000, "evaluations": 10}
    by: By = "pixel"  # one a step; `row`: eight of them
    permuted: bool = False  # whether pixels change places first, in all pictures alike
    noise: float = 0.25  # standard deviation, in shares of full ink

    def __post_init__(self) -> None:
        if not 0 <= self.noise <= 10:
            raise SeqbenchError(f"drawn_digits.noise is {self.noise}; it takes 0 to 10")

    def signature(self) -> Signature:
        width = 1 if self.by == "pixel" else SIDE
        return Signature(Reals(width), Tokens(DIGITS), SIDE * SIDE // width, causal=False)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        known = patterns()  # (10, places, 64)
        digit, place = rng.integers(0, DIGITS, n), rng.integers(0, known.shape[1], n)
        pixels = known[digit, place]
        pixels *= rng.uniform(FAINTEST, 1, (n, 1)).astype(np.float32)
        pixels += np.float32(self.noise) * rng.standard_normal(pixels.shape, np.float32)
        inputs = read_as(pixels.clip(0, 1, out=pixels), SIDE, self.by, self.permuted)
        steps = inputs.shape[1]
        last = np.tile(np.arange(steps) == steps - 1, (n, 1))
        return Split(inputs, np.where(last, digit[:, None], 0), last)

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / DIGITS, "cross_entropy": log(DIGITS)}

    def baselines(self) -> Mapping[str, Any]:
        bags = {"bag_of_pixels": bag(histogram)}
        if self.by == "row":
            bags["bag_of_rows"] = bag(mean_frame)
        return {**super().baselines(), **bags}


@cache
def patterns() -> np.ndarray:
    """Each digit at each slant and place: (10, places, 64) of 0 and 1."""
    dots = np.array([[list(row) for row in digit.split()] for digit in DOTS]).astype(np.float32)
    found = []
    for slant in SLANTS:
        shift = np.rint(slant * (1 - np.arange(HIGH) / (HIGH - 1))).astype(np.int64)  # of each row
        shift -= shift.min()
        for top in range(SIDE - HIGH + 1):
            for left in range(SIDE - WIDE - shift.max() + 1):
                picture = np.zeros((DIGITS, SIDE, SIDE), np.float32)
                for row in range(HIGH):
                    start = left + shift[row]
                    picture[:, top + row, start : start + WIDE] = dots[:, row]
                found.append(picture.reshape(DIGITS, -1))
    return np.stack(found, axis=1)


@hookimpl
def tasks() -> list[type[Task]]:
    return [DrawnDigits]
