"""Arrays of examples."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Role = Literal["train", "valid", "test"]


@dataclass(frozen=True)
class Split:
    """N sequences of T steps; `mask` (N, T) is true at the steps whose target counts.

    `inputs` and `targets` are (N, T) integers for Tokens and (N, T, width) floats for Reals; for a
    Transcript, `targets` and `mask` are (N, L), L tokens that belong to no step in particular.
    Where sequences differ in length, `lengths` (N,) says how many first steps are real; the
    rest is padding, which the mask never counts. `scale` is what one unit of a real target is
    in the data's own `unit`, so that an error can be told in vehicles or degrees. Real targets that
    are departures from something have that in `base` (N, T or 1, width), in the targets' units.
    `levels` are those of the Signature's outputs.
    """

    inputs: np.ndarray
    targets: np.ndarray
    mask: np.ndarray
    lengths: np.ndarray | None = None
    scale: float = 1.0
    unit: str = ""
    base: np.ndarray | None = None
    levels: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, rows: slice | np.ndarray) -> "Split":
        lengths = None if self.lengths is None else self.lengths[rows]
        base = None if self.base is None else self.base[rows]
        parts = (self.inputs[rows], self.targets[rows], self.mask[rows])
        return Split(*parts, lengths, self.scale, self.unit, base, self.levels)

    def middle(self, numbers: np.ndarray) -> np.ndarray:
        """Of numbers (..., width) those at the level nearest to a half; without levels, all."""
        if not self.levels:
            return numbers
        return numbers[..., int(np.abs(np.array(self.levels) - 0.5).argmin()) :: len(self.levels)]


@dataclass(frozen=True)
class Sizes:
    """How many examples each split has; a task whose data end earlier gives fewer."""

    train: int = 4000
    valid: int = 500
    test: int = 1000


@dataclass(frozen=True)
class Dataset:
    """The three splits of one trial. Only bench may read `test`."""

    train: Split
    valid: Split
    test: Split
