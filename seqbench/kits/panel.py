"""Forecasting from many series of one kind: windows of each, learned from together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqbench.contract.architecture import Model
from seqbench.contract.data import Role, Split
from seqbench.contract.errors import SeqbenchError
from seqbench.kits.ahead import naive
from seqbench.kits.linear import everywhere
from seqbench.kits.windows import Windows, evenly


@dataclass(frozen=True, eq=False)
class Panel:
    """Windows of several series, which are alike but for their values, and no level is asked for.

    Each series has its own mean, spread and unit, all of its part of train. As an input a target
    column is told in that unit (and a common factor), so that what its values depart from can be
    read off without knowing which series it is. Errors are in the units of each series: a mean
    absolute error is the MASE.
    """

    series: tuple[Windows, ...]

    def __post_init__(self) -> None:
        if any(one.answer == "level" for one in self.series):
            raise SeqbenchError(
                f"{self.series[0].told}: of several series no level can be asked for; it takes "
                "the answer departure or seasonal"
            )

    @property
    def first(self) -> Windows:
        """One of them, for what they share."""
        return self.series[0]

    @cached_property
    def holed(self) -> bool:
        """Whether a value of any is missing."""
        return any(one.holed for one in self.series)

    @property
    def width(self) -> int:
        """Numbers at each step of a window."""
        return len(self.first.names) * (2 if self.holed else 1)

    @property
    def answers(self) -> int:
        """Numbers asked for."""
        return self.first.answers

    @cached_property
    def factor(self) -> np.ndarray:
        """How many of its units a target spreads, the median over the series: (targets,)."""
        picked = list(self.first.targets)
        found: np.ndarray = np.median(
            [one.moments[1][picked] / one.scale for one in self.series], 0
        )
        return found

    def split(self, role: Role, n: int) -> Split:
        """At most n examples of a role, evenly spread over all series."""
        origins = [one.origins(role) for one in self.series]
        owner = np.repeat(np.arange(len(origins)), [len(now) for now in origins])
        chosen = evenly(len(owner), n)
        owner, now = owner[chosen], np.concatenate(origins)[chosen]
        parts = [self.part(which, now[owner == which]) for which in np.unique(owner)]
        whole = [np.concatenate(kind) for kind in zip(*parts, strict=True)]
        inputs, targets, mask, base = whole
        return Split(inputs, targets, mask, None, 1.0, "naive errors", base, self.first.levels)

    def part(self, which: int, now: np.ndarray) -> tuple[np.ndarray, ...]:
        """Inputs, targets, mask and base of the examples of one series."""
        one = self.series[which]
        split = one.at(now)
        inputs, picked = split.inputs, list(one.targets)
        inputs[..., picked] *= one.moments[1][picked] / (one.scale * self.factor)
        if self.holed and not one.holed:
            inputs = np.concatenate([inputs, np.zeros_like(inputs)], axis=2)
        base = np.empty(0) if split.base is None else split.base
        return inputs, split.targets, split.mask, base

    def repeating(self, season: int) -> Model:
        """The last values again and again, found in the inputs; sure of them at every level."""
        one = self.first
        base = one.season if one.answer == "seasonal" else 1

        def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
            known = inputs[..., list(one.targets)] * self.factor
            answers = naive(known, one.horizon, season) - naive(known, one.horizon, base)
            each = np.repeat(answers.reshape(len(inputs), -1), max(1, len(one.levels)), axis=1)
            return everywhere(each, inputs.shape[1])

        return Model(predict, 0)
