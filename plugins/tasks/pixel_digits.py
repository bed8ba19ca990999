"""Handwritten digits, read pixel by pixel or row by row."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import Reals, Role, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.pictures import SOURCE, By, checksum, chosen, histogram, read_as
from seqbench.kits.pictures import digits as pictures

DIGITS, SIDE, GREYS = 10, 8, 17


@dataclass(frozen=True)
class PixelDigits(Task):
    """The digit in a picture of 8 x 8, row by row as 64 steps, told at the last pixel.

    Of each digit's pictures, in the order of the data set, the first 70 % are train, the next
    10 % valid and the last 20 % test: neighbours in it tend to come from one hand, and should
    not stand on both sides. The seed draws nothing here: fewer examples are the first, digit by
    digit in turn.
    """

    name = "pixel_digits"
    source = SOURCE
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=1262, valid=180, test=355)
    recipe: ClassVar = {"examples": 12_000, "evaluations": 10}
    by: By = "pixel"  # one a step; `row`: eight of them
    permuted: bool = False  # whether pixels change places first, in all pictures alike

    def signature(self) -> Signature:
        width = 1 if self.by == "pixel" else SIDE
        return Signature(Reals(width), Tokens(DIGITS), SIDE * SIDE // width, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        pixels, digits = pictures()
        rows = chosen(role, digits)[:n]
        inputs = read_as(pixels[rows] / (GREYS - 1), SIDE, self.by, self.permuted)
        steps = inputs.shape[1]
        last = np.arange(steps) == steps - 1
        return Split(
            inputs, np.repeat(digits[rows, None], steps, axis=1), np.tile(last, (len(rows), 1))
        )

    def checksum(self) -> str:
        return checksum(*pictures())

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / DIGITS, "cross_entropy": log(DIGITS)}

    def baselines(self):
        bags = {"bag_of_pixels": bag(histogram)}
        if self.by == "row":
            bags["bag_of_rows"] = bag(mean_frame)
        return {**super().baselines(), **bags}


@hookimpl
def tasks() -> list[type[Task]]:
    return [PixelDigits]
