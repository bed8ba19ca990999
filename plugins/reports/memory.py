"""How far back architectures remember, from what the probe `memory` measured."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqbench import Frames, Report, SeqbenchError, hookimpl
from seqbench.kits.probed import not_measured, probed
from seqbench.kits.statistics import Estimate, bootstrap, median, ratio, verdict
from seqbench.kits.table import Row, Table, TablesReport

if TYPE_CHECKING:
    import pandas as pd

FORGETS = "a plain RNN forgets: what is near is easy, the same from far is not"
KEEPS = "an LSTM keeps information longer than a plain RNN"
NAMES = ("recall", "horizon", "horizon_censored")


@dataclass(frozen=True)
class MemoryReport(TablesReport):
    """Recall by distance, solved shares and horizons with intervals over seeds, and two claims."""

    name = "memory"
    decimals: int = 2
    solved: float = 0.9  # recall from which a seed counts as having solved a distance
    plain: str = "rnn"  # the architecture that the claims say forgets
    gated: str = "lstm"  # the one that they say keeps
    draws: int = 2000  # of the bootstrap

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise SeqbenchError(f"memory.draws is {self.draws}; it takes 1 or more")

    def tables(self, frames: Frames) -> Iterator[Table]:
        """Two a task, then the claims, and what was not measured."""
        numbers, lacking = probed(frames, NAMES), not_measured(frames, self.name)
        claims: list[Row] = []
        for task, here in numbers.groupby("task_label", sort=False):
            for threshold, found in here[here.name == "horizon"].groupby("at.threshold"):
                ladder = Ladder(here[here.name == "recall"], found)
                yield self.recalls(str(task), ladder)
                yield self.horizons(f"{task}: horizon, at a recall of {threshold:g}", ladder)
                claims += self.claims(str(task), float(threshold), ladder)
        if claims:
            columns = ("task", "claim", "verdict", "because")
            yield Table("Claims", columns, tuple(claims), NOTES, text=True)
        yield from lacking
        if not len(numbers) and not lacking:
            yield Table("Memory", ("",), (), ("nothing to tell: `measure: [memory]` asks for it",))

    def recalls(self, task: str, ladder: Ladder) -> Table:
        """Median and mean over seeds, and the share of seeds that solved it, at each distance."""
        rows = []
        for label in ladder.labels:
            cells = [self.cell(ladder.recall(label, d)) for d in ladder.distances]
            rows.append(Row((label, *cells)))
        title = f"{task}: recall by {ladder.unit} (0: a guess, 1: no error)"
        note = f"median / mean over seeds (share of seeds with a recall of {self.solved:g} or more)"
        return Table(title, ("", *map(str, ladder.distances)), tuple(rows), (note,))

    def cell(self, recall: np.ndarray) -> str:
        """One distance of one architecture."""
        if not len(recall):
            return "–"
        middle, mean = (f"{it:.{self.decimals}f}" for it in (np.median(recall), recall.mean()))
        return f"{middle} / {mean} ({(recall >= self.solved).mean():.0%})"

    def horizons(self, title: str, ladder: Ladder) -> Table:
        """The median over seeds with its interval."""
        rows = []
        for label in ladder.labels:
            found = self.estimate(ladder.horizon(label))
            middle, low, high = (ladder.shown(it) for it in found)
            ends = f"{low} to {high}" if found.known else "–"
            many = f"{ladder.parameters(label):,.0f}"
            rows.append(Row((label, middle, ends, str(len(ladder.horizon(label))), many)))
        columns = ("", f"median [{ladder.unit}]", "95 % interval", "seeds", "parameters")
        return Table(title, columns, tuple(rows))

    def claims(self, task: str, threshold: float, ladder: Ladder) -> Iterator[Row]:
        """Each claim on each architecture that it speaks of."""
        for plain in ladder.of(self.plain):
            yield Row((task, FORGETS, *self.forgets(plain, threshold, ladder)))
            for gated in ladder.of(self.gated):
                yield Row((task, f"{KEEPS} ({gated})", *self.keeps(plain, gated, ladder)))

    def forgets(self, plain: str, threshold: float, ladder: Ladder) -> tuple[str, str]:
        """Verdict and reason: recall is above the threshold near by, and below it from afar."""
        near, far = ladder.distances[0], ladder.distances[-1]
        first, last = (self.estimate(ladder.recall(plain, d)) for d in (near, far))
        because = f"{plain}'s recall is {self.span(first)} at {near}, {self.span(last)} at {far}"
        if not (first.known and last.known):
            return "cannot tell", f"{because}; one seed has no interval"
        if first.low < threshold:
            return "cannot tell", f"{because}: it may not have learned what is near"
        if last.high < threshold:
            return "supported", because
        return "not supported" if last.low >= threshold else "cannot tell", because

    def keeps(self, plain: str, gated: str, ladder: Ladder) -> tuple[str, str]:
        """Verdict and reason: the ratio of the horizons is above 1."""
        over, under = ladder.horizon(gated), ladder.horizon(plain)
        nearest = ladder.distances[0]  # stands for 0: a ratio to it is the least there may be
        if np.median(under) < nearest and np.median(over) <= nearest:
            return "cannot tell", f"neither remembers beyond the nearest distance, {nearest}"
        samples = [np.maximum(over, nearest), np.maximum(under, nearest)]
        found = bootstrap(samples, ratio, np.random.default_rng(0), self.draws)
        because = f"{gated}'s horizon over {plain}'s is {self.span(found)}"
        cut = [f"{plain} fails at the nearest distance"] if not under.all() else []
        longest = ladder.distances[-1]
        cut += [f"{it} passes at the longest" for it in (plain, gated) if ladder.cut(it, longest)]
        because += f", where {' and '.join(cut)}" if cut else ""
        both = np.median(over) == np.median(under) == longest
        return "cannot tell" if both else verdict(found, 1.0), because

    def estimate(self, sample: np.ndarray) -> Estimate:
        """The median over seeds."""
        return bootstrap([sample], median, np.random.default_rng(0), self.draws)

    def span(self, found: Estimate) -> str:
        """A number with its interval."""
        value, low, high = (f"{it:.{self.decimals}f}" for it in found)
        return f"{value} [{low}, {high}]" if found.known else value


NOTES = (
    "intervals are percentile bootstraps of the median over seeds; of n seeds they hold it with a"
    " probability of 1 - 2^(1-n) at most: 75 % of three, 94 % of five",
    "a horizon of 0 counts as the nearest distance in a ratio, and one that passes at the longest"
    " as that: the ratio may be larger",
)


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


@hookimpl
def reports() -> list[type[Report]]:
    return [MemoryReport]
