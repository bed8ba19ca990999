"""Recalls and horizons of one task, from what the probe `memory` measured."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqbench.contract.report import Frames
from seqbench.kits.frames import labelled

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Ladder:
    """One task's recalls and horizons: rows of numbers, by trial."""

    recalls: pd.DataFrame
    horizons: pd.DataFrame

    @property
    def unit(self) -> str:
        """The setting that is the distance."""
        return str(self.horizons.unit.iloc[0])

    @property
    def distances(self) -> list[int]:
        """From near to far."""
        return sorted({int(d) for d in self.recalls[f"at.{self.unit}"].dropna()})

    @property
    def labels(self) -> list[str]:
        """The farthest-remembering first; those that remember alike by recall over all."""
        rank = {}
        for label, rows in self.horizons.groupby("label", sort=False):
            mine = self.recalls[self.recalls.label == label]
            rank[str(label)] = (-rows.value.median(), -mine.value.mean())
        return sorted(rank, key=lambda label: rank[label])

    def of(self, architecture: str) -> list[str]:
        """The labels of an architecture."""
        mine = self.horizons[self.horizons.architecture == architecture]
        return [str(label) for label in dict.fromkeys(mine.label)]

    def recall(self, label: str, distance: int) -> np.ndarray:
        """At one distance, (seeds,)."""
        rows = self.recalls[self.recalls.label == label]
        return rows[rows[f"at.{self.unit}"] == distance].value.to_numpy(float)

    def horizon(self, label: str) -> np.ndarray:
        """(seeds,)."""
        return self.horizons[self.horizons.label == label].value.to_numpy(float)

    def parameters(self, label: str) -> float:
        """The median over seeds."""
        return float(self.horizons[self.horizons.label == label]["costs.parameters"].median())

    def cut(self, label: str, longest: int) -> bool:
        """Whether the horizon may lie beyond what was tested."""
        return bool((self.horizon(label) >= longest).any())

    def shown(self, horizon: float) -> str:
        """A distance, which may lie beyond the longest tested."""
        return f"{'≥ ' if horizon >= self.distances[-1] else ''}{horizon:g}"


def wirings(frames: Frames, architecture: str) -> dict[str, str]:
    """Of each label of an architecture, its setting `feedback`, where its records have one."""
    trials, column = labelled(frames.trials), "architecture.feedback"
    if column not in trials:
        return {}
    mine = trials[(trials.architecture == architecture) & trials[column].notna()]
    return dict(zip(mine.label.astype(str), mine[column].astype(str), strict=True))
