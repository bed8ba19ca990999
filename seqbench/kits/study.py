"""One search, as reports tell of it."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqbench.kits.frames import short
from seqbench.kits.searched import ranking

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Study:
    """One search: its trials, whose `valid` and `test` are larger where they are better."""

    name: str
    rows: pd.DataFrame

    @property
    def ranked(self) -> pd.DataFrame:
        """Its settings, the best first; those without a score on every seed last."""
        return ranking(self.rows)

    @property
    def tried(self) -> int:
        """How many settings."""
        return len(self.ranked)

    @property
    def best_valid(self) -> float:
        """The chosen setting's mean; minus infinity where there is none."""
        return float(self.valid.mean()) if len(self.valid) else -np.inf

    @property
    def metric(self) -> str:
        """What it is ranked by."""
        return str(self.rows.metric.dropna().iloc[0]) if self.rows.metric.notna().any() else ""

    @property
    def sign(self) -> float:
        """-1 where less is better."""
        return float(self.rows.sign.dropna().iloc[0]) if self.rows.sign.notna().any() else 1.0

    @property
    def architecture(self) -> str:
        """Its name."""
        return str(self.rows.architecture.iloc[0])

    @property
    def method(self) -> str:
        """How it was searched."""
        return str(self.rows["study.method"].iloc[0])

    @property
    def over(self) -> list[str]:
        """The settings that were searched over."""
        return str(self.rows["study.over"].iloc[0]).split(", ")

    @property
    def keeps(self) -> str:
        """Which weights its recipe keeps."""
        return str(self.rows["train.keep"].iloc[0])

    def twin(self, other: Study) -> bool:
        """Whether the other search is of the same architecture, and differs in one thing."""
        alike = [
            self.method == other.method or {self.method, other.method} == {"grid", "random"},
            (self.method == other.method) != (self.keeps == other.keeps),
        ]
        return self.architecture == other.architecture and all(alike)

    def of(self, place: int) -> pd.DataFrame:
        """The trials of the setting at a place of the ranking, where it is whole."""
        row = self.ranked.iloc[place]
        return self.rows[self.rows.setting == row.setting] if row.whole else self.rows[:0]

    @property
    def valid(self) -> np.ndarray:
        """Of the chosen setting, (seeds,)."""
        return self.of(0).valid.to_numpy(float)

    @property
    def test(self) -> np.ndarray:
        """Of the chosen setting, (seeds,)."""
        return self.of(0).test.dropna().to_numpy(float)

    def middle(self) -> np.ndarray | None:
        """On test, the setting in the middle of the ranking, (seeds,)."""
        whole = int(self.ranked.whole.sum())
        return self.of(whole // 2).test.dropna().to_numpy(float) if whole >= 3 else None

    def spread(self) -> list[float]:
        """The best, the median and the worst mean on valid."""
        means = self.ranked[self.ranked.whole]["mean"].to_numpy(float)
        return [means.max(), float(np.median(means)), means.min()] if len(means) else []

    def count(self) -> str:
        """How many were tried, and how many of them have no score."""
        lost = int((~self.ranked.whole).sum())
        pruned = int((self.rows.status == "skipped").sum())
        told = f", {lost} without a score" + (f" ({pruned} trials given up)" if pruned else "")
        return f"{self.tried}{told if lost else ''}"

    def told(self) -> str:
        """The chosen values of what was searched over."""
        best = self.of(0)
        if not len(best):
            return "none has a score on every seed"
        found = []
        for key in self.over:
            for column in (f"architecture.{key}", f"train.{key}"):
                if column in best and best[column].notna().all():
                    found.append(f"{key} {readable(best[column].iloc[0])}")
                    break
        return ", ".join(found)


def readable(value: object) -> str:
    """A setting in a few digits."""
    return f"{value:.3g}" if isinstance(value, float) else short(value)
