"""What searches tried and chose, and whether it mattered."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqbench import Frames, Report, SeqbenchError, hookimpl
from seqbench.kits.frames import labelled
from seqbench.kits.searched import tried
from seqbench.kits.statistics import Estimate, bootstrap, difference, verdict
from seqbench.kits.study import Study
from seqbench.kits.table import Row, Table, TablesReport

MATTER = "settings of {over} matter, and searching for them finds better ones"
GRID = "random search finds better settings than a grid of as many"
STOPPING = "keeping what was best on valid prevents overfitting"


@dataclass(frozen=True)
class SearchReport(TablesReport):
    """Settings tried and the one chosen on valid, with its test score; and three claims."""

    name = "search"
    all_tried: ClassVar[bool] = True
    decimals: int = 3
    draws: int = 2000  # of the bootstrap

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise SeqbenchError(f"search.draws is {self.draws}; it takes 1 or more")

    def tables(self, frames: Frames) -> Iterator[Table]:
        """One a task, then the claims."""
        trials = tried(frames)
        if not len(trials):
            yield Table("Search", ("",), (), ("nothing was searched for: `search:` asks for it",))
            return
        named = labelled(frames.trials)[["id", "task_label"]]
        trials = trials.merge(named, on="id")
        claims: list[Row] = []
        for _, here in trials.groupby("task_key", sort=False):
            task = str(here.task_label.iloc[0])
            task += " (partial)" if here.partial.iloc[0] else ""
            studies = [Study(str(name), mine) for name, mine in here.groupby("study.name")]
            yield self.chosen(task, studies)
            claims += [Row((task, *row)) for row in self.claims(studies)]
        columns = ("task", "claim", "verdict", "because")
        yield Table("Claims", columns, tuple(claims), NOTES, text=True)

    def chosen(self, task: str, studies: list[Study]) -> Table:
        """The best setting of each study on valid, what it scores on test, and how many it had."""
        rows = []
        for study in sorted(studies, key=lambda one: -one.best_valid):
            cells = (
                study.told(),
                *(self.span(study.sign * it) for it in (study.valid, study.test)),
            )
            spread = " / ".join(f"{study.sign * it:.{self.decimals}f}" for it in study.spread())
            rows.append(Row((study.name, study.count(), *cells, spread)))
        columns = (
            "",
            "settings",
            "chosen on valid",
            "valid",
            "test",
            "valid: best / median / worst",
        )
        notes = [
            "test scores are of the chosen setting alone; mean ± standard deviation over seeds"
        ]
        if len({study.tried for study in studies}) > 1:
            notes.append("the architectures had not the same number of settings")
        title = f"{task}: {studies[0].metric}"
        return Table(title, columns, tuple(rows), tuple(notes), text=True)

    def claims(self, studies: list[Study]) -> Iterator[tuple[str, str, str]]:
        """Claim, verdict and reason."""
        for one in studies:
            claim = MATTER.format(over=" and ".join(one.over))
            yield (f"{claim} ({one.name})", *self.matters(one))
        for one in studies:
            for other in studies:
                if one.method == "grid" and other.method == "random" and one.twin(other):
                    found = self.gap(other.test, one.test)
                    yield (f"{GRID} ({one.architecture})", *self.told(found, other, one))
                if one.keeps == "best" and other.keeps == "last" and one.twin(other):
                    found = self.gap(one.test, other.test)
                    yield (f"{STOPPING} ({one.architecture})", *self.told(found, one, other))

    def matters(self, study: Study) -> tuple[str, str]:
        """The chosen setting on test, against the one in the middle of the ranking."""
        middle = study.middle()
        if middle is None:
            return "cannot tell", "there are fewer than three settings with a score on every seed"
        found = self.gap(study.test, middle)
        because = f"on test the chosen setting is {self.estimate(found)} better than the median one"
        return verdict(found, 0.0), f"{because}, of {study.tried} settings"

    def told(self, found: Estimate, one: Study, other: Study) -> tuple[str, str]:
        """Verdict and reason for one study being better than another."""
        settings = f"{one.tried} settings against {other.tried}"
        because = f"on test, {one.name} is {self.estimate(found)} better than {other.name}"
        return verdict(found, 0.0), f"{because} ({settings})"

    def gap(self, one: np.ndarray, other: np.ndarray) -> Estimate:
        """The difference of two medians over seeds; more is better."""
        if not (len(one) and len(other)):
            return Estimate(np.nan, np.nan, np.nan)
        return bootstrap([one, other], difference, np.random.default_rng(0), self.draws)

    def estimate(self, found: Estimate) -> str:
        """A number with its interval."""
        value, low, high = (f"{it:.{self.decimals}f}" for it in found)
        return f"{value} [{low}, {high}]" if found.known else value

    def span(self, values: np.ndarray) -> str:
        """Mean and deviation."""
        if not len(values):
            return "–"
        text = f"{values.mean():.{self.decimals}f}"
        return text + (f" ± {values.std(ddof=1):.{self.decimals}f}" if len(values) > 1 else "")


NOTES = (
    "intervals are percentile bootstraps of a difference of medians over seeds; few seeds make"
    " them too narrow",
    "each search was made once: with another seed of its own it may come upon other settings",
)


@hookimpl
def reports() -> list[type[Report]]:
    return [SearchReport]
