"""Test scores within and beyond the range that a task was trained on."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqbench.contract.report import Frames
from seqbench.kits.frames import labelled

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Reach:
    """One task's trials, trained on one range of a setting, and their recalls.

    Recall is 0 for a guess and 1 for no error: (score - chance) / (1 - chance), or 1 - error /
    chance; it is missing where chance is not known.
    """

    task: str
    setting: str
    least: int
    most: int
    trials: pd.DataFrame
    recalls: pd.DataFrame  # of trials at a `place`, which is missing for the range as a whole

    @property
    def metric(self) -> str:
        """By which the task is ranked."""
        return str(self.recalls.name.iloc[0])

    @property
    def places(self) -> list[int]:
        """Where it was tested, from near to far."""
        return sorted({int(place) for place in self.recalls.place.dropna()})

    @property
    def inside(self) -> list[int]:
        """The places within the range."""
        return [place for place in self.places if self.least <= place <= self.most]

    @property
    def beyond(self) -> list[int]:
        """The places beyond it."""
        return [place for place in self.places if place > self.most]

    @property
    def labels(self) -> list[str]:
        """From best to worst by the mean over all that was tested; those without recall last."""
        found = {str(label): 0.0 for label in dict.fromkeys(self.trials.label)}
        for label in found:
            mine = self.recalls[self.recalls.label == label].recall
            found[label] = float(mine.mean()) if mine.notna().any() else -np.inf
        return sorted(found, key=lambda label: -found[label])

    def of(self, architectures: Collection[str]) -> list[str]:
        """The labels of these architectures."""
        mine = set(self.trials[self.trials.architecture.isin(architectures)].label)
        return [label for label in self.labels if label in mine]

    def at(self, label: str, place: int) -> np.ndarray:
        """Recall at one place, (seeds,)."""
        rows = self.recalls[(self.recalls.label == label) & (self.recalls.place == place)]
        return rows.recall.dropna().to_numpy(float)

    def within(self, label: str) -> np.ndarray:
        """Recall over the range, (seeds,); the mean over places inside where that is not known."""
        mine = self.recalls[self.recalls.label == label]
        whole = mine[mine.place.isna()].groupby("id").recall.first()
        inside = mine[mine.place.isin(self.inside)].groupby("id").recall.mean()
        return whole.combine_first(inside).dropna().to_numpy(float)

    def seeds(self, label: str) -> str:
        """How many trials, and how many of them were scored where not all were."""
        mine = self.trials[self.trials.label == label]
        scored = int(mine.id.isin(self.recalls.id).sum())
        return str(scored) if scored == len(mine) else f"{scored} of {len(mine)}"


def reaches(frames: Frames) -> Iterator[Reach]:
    """One for each task, setting and range that it was trained on and tested beyond.

    Read from the trials' columns `ranges.<setting>.least` and `.most`, empty for those without
    a range. Baselines are left out; so are numbers at other settings too.
    """
    trials = labelled(frames.trials)
    trials = trials[~trials.baseline.astype(bool)]
    for column in [str(it) for it in trials if str(it).startswith("ranges.")]:
        setting = column.removeprefix("ranges.").removesuffix(".least")
        if column.endswith(".least") and f"ranges.{setting}.most" in trials:
            ends = [column, f"ranges.{setting}.most"]
            numbers = scored(frames, setting)
            for _, here in trials.groupby(["task_label", *ends], sort=False):
                least, most = (int(here[end].iloc[0]) for end in ends)
                mine = numbers.merge(here[["id", "label"]], on="id")
                mine = mine[mine.name == mine.name.iloc[0]] if len(mine) else mine
                found = Reach(str(here.task_label.iloc[0]), setting, least, most, here, mine)
                if found.beyond:
                    yield found


def scored(frames: Frames, setting: str) -> pd.DataFrame:
    """Test numbers at this setting alone, or at none: id, name, place and recall."""
    import pandas as pd

    numbers = frames.measurements[frames.measurements.split == "test"]
    at = [str(column) for column in numbers if str(column).startswith("at.")]
    others = [column for column in at if column != f"at.{setting}"]
    numbers = numbers[numbers[others].isna().all(axis=1)]
    raw = numbers.get(f"at.{setting}", pd.Series(np.nan, numbers.index))
    place = pd.to_numeric(raw, errors="coerce")
    lower = numbers.better == "lower"
    chance = numbers.chance.astype(float)
    room = chance.where(lower, 1 - chance)  # between a guess and no error
    above = (chance - numbers.value).where(lower, numbers.value - chance)
    recall = (above / room.where(room != 0)).astype(float)
    found = pd.DataFrame({"id": numbers.id, "name": numbers.name, "place": place, "recall": recall})
    return found[raw.isna() | place.notna()]  # a place that is no number is none
