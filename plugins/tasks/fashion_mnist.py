"""Clothes in pictures of 28 x 28, read row by row or pixel by pixel."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path
from typing import ClassVar

import numpy as np

from seqbench import (
    Missing,
    Reals,
    Role,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    Tokens,
    hookimpl,
)
from seqbench.kits import idx
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.pictures import By, checksum, chosen, histogram, read_as

CLASSES, SIDE = 10, 28
DEBIAN = "/usr/share/datasets/fashion-mnist"  # where the package dataset-fashion-mnist puts it
FILES = {"train": "train", "valid": "train", "test": "t10k"}
PARTS: dict[Role, tuple[float, float]] = {"train": (0, 0.9), "valid": (0.9, 1), "test": (0, 1)}


@dataclass(frozen=True)
class FashionMnist(Task):
    """The kind of a piece of clothing, told at the last of 28 rows, or of 784 pixels.

    The published test part is the test split. Of the published training part, of each class in
    its order, the first 90 % are train and the rest valid. The seed draws nothing here: fewer
    examples are the first, class by class in turn.
    """

    name = "fashion_mnist"
    source = (
        "Xiao, Rasul and Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine "
        "learning algorithms, 2017, MIT"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=6000, valid=500, test=2000)
    recipe: ClassVar = {"examples": 30_000, "evaluations": 8}
    folder: str = ""  # of the four IDX files as published; else where Debian's package puts them
    by: By = "row"  # 28 numbers a step; `pixel`: one
    permuted: bool = False  # whether pixels change places first, in all pictures alike

    def signature(self) -> Signature:
        width = 1 if self.by == "pixel" else SIDE
        return Signature(Reals(width), Tokens(CLASSES), SIDE * SIDE // width, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        pixels, labels = self.pictures(role)
        rows = chosen(role, labels, PARTS)[:n]
        inputs = read_as(pixels[rows] / 255, SIDE, self.by, self.permuted)
        steps = inputs.shape[1]
        last = np.arange(steps) == steps - 1
        return Split(
            inputs, np.repeat(labels[rows, None], steps, axis=1), np.tile(last, (len(rows), 1))
        )

    def checksum(self) -> str:
        parts = [np.concatenate(both) for both in zip(*map(self.pictures, PARTS), strict=True)]
        return checksum(*parts)

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / CLASSES, "cross_entropy": log(CLASSES)}

    def baselines(self):
        bags = {"bag_of_pixels": bag(histogram)}
        if self.by == "row":
            bags["bag_of_rows"] = bag(mean_frame)
        return {**super().baselines(), **bags}

    def pictures(self, role: Role) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (N, 784) from 0 to 255 and labels (N,) of the part that the role is in."""
        folder = Path(self.folder or DEBIAN).expanduser()
        parts = [f"{FILES[role]}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")]
        paths = [placed(folder, name, bool(self.folder)) for name in parts]
        changed = tuple(path.stat().st_mtime_ns for path in paths)
        return loaded(paths[0], paths[1], changed)


def placed(folder: Path, name: str, own: bool) -> Path:
    """A file as published, gzipped or not."""
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    if own:
        raise SeqbenchError(f"fashion_mnist.folder: {folder} holds no {name}.gz and no {name}")
    raise Missing(
        f"fashion_mnist needs {folder / name}.gz; bring it with `apt-get install "
        "dataset-fashion-mnist`, or set folder: to one that holds the four published files"
    )


@cache
def loaded(images: Path, labels: Path, changed: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The two files of a part, read again where their time of change is another."""
    pixels, kinds = idx.read(images, 3), idx.read(labels, 1)
    if pixels.shape[1:] != (SIDE, SIDE):
        raise SeqbenchError(f"{images}: pictures of {pixels.shape[1:]}; it takes 28 x 28")
    if len(pixels) != len(kinds):
        raise SeqbenchError(f"{labels}: {len(kinds)} labels for {len(pixels)} pictures")
    if len(kinds) and kinds.max() >= CLASSES:
        row = int((kinds >= CLASSES).argmax())
        raise SeqbenchError(f"{labels}: label {kinds[row]} at picture {row}; it takes 0 to 9")
    if len(kinds) < 20:
        raise SeqbenchError(f"{images}: {len(kinds)} pictures; it takes 20 or more")
    return pixels.reshape(len(pixels), -1), kinds.astype(np.int64)


@hookimpl
def tasks() -> list[type[Task]]:
    return [FashionMnist]
