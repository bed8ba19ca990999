"""Whether clipping gradients helps, from trials with it and without it."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqbench import Frames, Report, SeqbenchError, hookimpl
from seqbench.kits.frames import labelled, short
from seqbench.kits.statistics import Estimate, bootstrap, difference, verdict
from seqbench.kits.table import Row, Table, TablesReport

if TYPE_CHECKING:
    import pandas as pd

HELPS = "clipping gradients helps"
SWEPT = ["train.clip", "train.lr"]


@dataclass(frozen=True)
class ClippingReport(TablesReport):
    """Recall on valid and trainings that diverged, with and without, by learning rate; a claim.

    Recall is 0 for a guess and 1 for no error, by the metric that a task is ranked by. Where rates
    are taken together, a training that diverged counts as 0, and so does one worse than a guess.
    """

    name = "clipping"
    decimals: int = 2
    draws: int = 2000  # of the bootstrap

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise SeqbenchError(f"clipping.draws is {self.draws}; it takes 1 or more")

    def tables(self, frames: Frames) -> Iterator[Table]:
        """One a task, then the claim."""
        trials = recalled(frames)
        claims: list[Row] = []
        for task, here in trials.groupby("task_label", sort=False):
            yield self.scores(str(task), here)
            for label, mine in here.groupby("label", sort=False):
                if said := self.helps(mine):
                    claims.append(Row((str(task), f"{HELPS} ({label})", *said)))
        if claims:
            columns = ("task", "claim", "verdict", "because")
            yield Table("Claims", columns, tuple(claims), NOTES, text=True)
        if not len(trials):
            text = "nothing to tell: `train: {clip: [0, 1], lr: [0.01, 0.1]}` asks for it"
            yield Table("Clipping", ("",), (), (text,))

    def scores(self, task: str, here: pd.DataFrame) -> Table:
        """A row for each architecture with and without, a column for each learning rate."""
        rates = sorted(here["train.lr"].unique())
        rows = []
        for (label, clip), mine in here.groupby(["label", "train.clip"], sort=False):
            cells = (self.cell(mine[mine["train.lr"] == rate]) for rate in rates)
            how = f"clip {short(clip)}" if clip else "no clipping"
            rows.append(Row((f"{label}, {how}", *cells)))
        title = f"{task}: recall on valid by learning rate, median over seeds (diverged)"
        return Table(title, ("", *(f"{rate:g}" for rate in rates)), tuple(rows))

    def cell(self, mine: pd.DataFrame) -> str:
        """One rate of one architecture."""
        known, lost = mine.recall.dropna(), int((mine.status == "diverged").sum())
        middle = f"{known.median():z.{self.decimals}f}" if len(known) else "–"
        return f"{middle} ({lost} of {len(mine)})" if len(mine) else "–"

    def helps(self, mine: pd.DataFrame) -> tuple[str, str] | None:
        """Verdict and reason; None where there is nothing to compare."""
        clipped, plain = mine[mine["train.clip"] > 0], mine[mine["train.clip"] == 0]
        rates = set(clipped["train.lr"]) & set(plain["train.lr"])
        if not rates:
            return None
        both = [part[part["train.lr"].isin(rates)] for part in (clipped, plain)]
        samples = [over_rates(part) for part in both]
        lost = " against ".join(f"{(p.status == 'diverged').sum()} of {len(p)}" for p in both)
        if not all(map(len, samples)):
            return "cannot tell", f"no seed has a score at each of {len(rates)} rates"
        found = bootstrap(samples, difference, np.random.default_rng(0), self.draws)
        because = (
            f"over {len(rates)} learning rates, recall on valid is {self.span(found)} more with it;"
            f" diverged: {lost}"
        )
        return verdict(found, 0.0), because

    def span(self, found: Estimate) -> str:
        """A number with its interval."""
        value, low, high = (f"{it:z.{self.decimals}f}" for it in found)
        return f"{value} [{low}, {high}]" if found.known else value


NOTES = (
    "of each seed the mean over the learning rates, where one that diverged, or is worse than a"
    " guess, counts as 0; the difference of medians over seeds with its bootstrap interval",
)


def recalled(frames: Frames) -> pd.DataFrame:
    """The trained trials with `recall` on valid, labelled without what clips and how fast."""
    trials = frames.trials
    if not set(SWEPT) <= set(trials):
        return trials[:0].assign(task_label="")
    plain = labelled(trials.drop(columns=SWEPT)).join(trials[SWEPT])
    plain = plain[~plain.baseline.astype(bool)]
    numbers = frames.measurements[frames.measurements.split == "valid"]
    first = numbers.drop_duplicates("id").set_index("id")
    value, chance = first.value.astype(float), first.chance.astype(float)
    lower = first.better == "lower"
    found = ((chance - value) / chance).where(lower, (value - chance) / (1 - chance))
    return plain.assign(recall=found.reindex(plain.id).to_numpy(float))


def over_rates(part: pd.DataFrame) -> np.ndarray:
    """The mean over learning rates, (seeds,), of seeds that have one at each or diverged there."""
    counted = part.recall.clip(lower=0.0).where(part.status != "diverged", 0.0)
    seeds = counted.groupby(part.seed)
    whole = seeds.count() == part["train.lr"].nunique()
    return np.asarray(seeds.mean()[whole], float)


@hookimpl
def reports() -> list[type[Report]]:
    return [ClippingReport]
