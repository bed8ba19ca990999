"""Forecasting from one table of numbers, cut by time: windows, and answers after them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from seqbench.contract.architecture import Model
from seqbench.contract.data import Role, Split
from seqbench.contract.errors import SeqbenchError
from seqbench.kits.ahead import naive, naive_error, told_at_the_end
from seqbench.kits.linear import everywhere

Answer = Literal["departure", "seasonal", "level"]


@dataclass(frozen=True, eq=False)
class Windows:
    """Values (rows, columns), NaN where one is missing; the first rows are train, the last test.

    An example belongs where its target rows lie, and may look back across the border. As an input
    a missing value repeats the one before it (at the start it is the mean of train), and where the
    table has any, each column has a second number, 1 where it is missing; no example with a missing
    target is used. Inputs are standardised by train. A target is the departure from the last value,
    or from the last season, or the level, in units of the mean change over a season of train: a
    mean absolute error of the targets is so the MASE. With `levels`, each is asked for at all.
    """

    told: str  # the task's name, for errors
    values: np.ndarray
    names: tuple[str, ...]  # of the columns
    targets: tuple[int, ...]  # columns
    window: int
    horizon: int
    season: int = 1
    train: float = 0.7  # share of the rows
    valid: float = 0.1
    answer: Answer = "departure"
    unit: str = ""
    levels: tuple[float, ...] = ()
    cut: tuple[int, int] | None = None  # the first rows of valid and of test, not by shares

    @property
    def width(self) -> int:
        """Numbers at each step of a window."""
        return len(self.names) * (2 if self.holed else 1)

    @cached_property
    def holed(self) -> bool:
        """Whether a value is missing."""
        return bool(np.isnan(self.values).any())

    @property
    def answers(self) -> int:
        """Numbers asked for: each target at each step ahead, step after step, at each level."""
        return self.horizon * len(self.targets) * max(1, len(self.levels))

    @cached_property
    def borders(self) -> tuple[int, int]:
        """The first row of valid and the first of test."""
        if self.cut:
            return self.cut
        rows = len(self.values)
        return round(self.train * rows), round((self.train + self.valid) * rows)

    @cached_property
    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and deviation of each column over the rows of train, (columns,)."""
        seen = self.values[: self.borders[0]]
        there = ~np.isnan(seen)
        for column in np.flatnonzero(~there.any(axis=0)):
            raise SeqbenchError(
                f"{self.told}: {self.names[column]} has no value in the {len(seen)} rows of train"
            )
        many = there.sum(axis=0)
        mean = np.where(there, seen, 0).sum(axis=0) / many
        spread = np.sqrt(np.square(np.where(there, seen - mean, 0)).sum(axis=0) / many)
        return mean, np.where(spread > 1e-12, spread, 1.0)

    @cached_property
    def scale(self) -> np.ndarray:
        """Mean change over a season of train, (targets,)."""
        found = naive_error(self.values[: self.borders[0], list(self.targets)], self.season)
        for at in np.flatnonzero(~(found > 0)):
            raise SeqbenchError(
                f"{self.told}: {self.names[self.targets[at]]} never changes from one row of train "
                f"to that {self.season} later, so no error can be told in units of that change"
            )
        return found

    @cached_property
    def filled(self) -> np.ndarray:
        """The values with no gap, (rows, columns): each is filled by what stands before it."""
        there = ~np.isnan(self.values)
        rows = np.arange(len(there))[:, None]
        last = np.maximum.accumulate(np.where(there, rows, -1), axis=0)
        before = np.take_along_axis(self.values, np.maximum(last, 0), axis=0)
        found: np.ndarray = np.where(last >= 0, before, self.moments[0])
        return found

    def origins(self, role: Role) -> np.ndarray:
        """Every row after which the role's part has `horizon` rows with all targets, ascending."""
        valid, test = self.borders
        start, end = {
            "train": (0, valid),
            "valid": (valid, test),
            "test": (test, len(self.values)),
        }[role]
        now: np.ndarray = np.arange(max(start, self.window) - 1, end - self.horizon)
        ahead = self.values[now[:, None] + np.arange(1, self.horizon + 1)][..., list(self.targets)]
        now = now[~np.isnan(ahead).any(axis=(1, 2))]
        if not len(now):
            raise SeqbenchError(
                f"{self.told}: the {max(0, end - start)} rows of {role} hold no {self.horizon} in "
                f"a row with all targets after a window of {self.window}; it takes more rows, "
                "fewer gaps, or a shorter window and horizon"
            )
        return now

    def split(self, role: Role, n: int) -> Split:
        """At most n examples of a role, evenly spread over it."""
        now = self.origins(role)
        return self.at(now[evenly(len(now), n)])

    def at(self, now: np.ndarray) -> Split:
        """The examples whose windows end with these rows."""
        back = now[:, None] + np.arange(1 - self.window, 1)
        mean, spread = self.moments
        inputs = (self.filled[back] - mean) / spread
        if self.holed:
            inputs = np.concatenate([inputs, np.isnan(self.values[back])], axis=2)
        picked = list(self.targets)
        ahead = self.values[now[:, None] + np.arange(1, self.horizon + 1)][..., picked]
        base = self.base(self.filled[back][..., picked])
        one = len(picked) == 1
        return told_at_the_end(
            inputs.astype(np.float32),
            ((ahead - base) / self.scale).reshape(len(now), -1),
            float(self.scale[0]) if one else 1.0,
            self.unit if one else "naive errors",
            (base / self.scale).reshape(len(now), -1),
            self.levels,
        )

    def base(self, known: np.ndarray) -> np.ndarray:
        """What targets are told from, (N, horizon, targets), of their known values."""
        shown = naive(known, self.horizon, self.season if self.answer == "seasonal" else 1)
        return np.zeros_like(shown) if self.answer == "level" else shown

    def repeating(self, season: int) -> Model:
        """The last values again and again, found in the inputs; sure of them at every level."""

        def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
            return self.answering(naive(self.known(inputs), self.horizon, season), inputs)

        return Model(predict, 0)

    def known(self, inputs: np.ndarray) -> np.ndarray:
        """The values of the targets in inputs (N, window, width), (N, window, targets)."""
        mean, spread = (one[list(self.targets)] for one in self.moments)
        found: np.ndarray = inputs[..., list(self.targets)] * spread + mean
        return found

    def answering(self, values: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Values (N, horizon, targets) as answers to inputs, the same at every level."""
        answers = (values - self.base(self.known(inputs))) / self.scale
        each = np.repeat(answers.reshape(len(inputs), -1), max(1, len(self.levels)), axis=1)
        return everywhere(each, inputs.shape[1])


def evenly(many: int, n: int) -> np.ndarray:
    """At most n of so many rows, the first and the last among them."""
    return np.linspace(0, many - 1, min(n, many)).round().astype(np.int64)
