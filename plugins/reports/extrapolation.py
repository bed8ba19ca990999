"""Whether what was learned within a trained range holds beyond it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqbench import Frames, Report, SeqbenchError, hookimpl
from seqbench.kits.reach import Reach, reaches
from seqbench.kits.statistics import Estimate, bootstrap, median, ratio, verdict
from seqbench.kits.table import Row, Table, TablesReport

HOLDS = "what was learned within the trained lengths holds beyond them"
SEES = "Transformers see the whole sequence, so long dependencies are no problem"
LEAST = 1e-3  # recall to divide by


@dataclass(frozen=True)
class ExtrapolationReport(TablesReport):
    """Recall by length within and beyond what was trained on, and two claims.

    Recall is 0 for a guess and 1 for no error: (score - chance) / (1 - chance), or 1 - error /
    chance.
    """

    name = "extrapolation"
    decimals: int = 2
    attention: tuple[str, ...] = ("transformer",)  # architectures that see the whole sequence
    learned: float = 0.5  # recall from which it counts as having learned
    holds: float = 0.9  # share of that recall which has to be left beyond
    draws: int = 2000  # of the bootstrap

    def __post_init__(self) -> None:
        for setting in ("learned", "holds"):
            if not 0 < (value := getattr(self, setting)) <= 1:
                raise SeqbenchError(
                    f"extrapolation.{setting} is {value}; it takes a number above 0, to 1"
                )
        if self.draws < 1:
            raise SeqbenchError(f"extrapolation.draws is {self.draws}; it takes 1 or more")

    def tables(self, frames: Frames) -> Iterator[Table]:
        """One a task and range, then the claims."""
        claims: list[Row] = []
        told = False
        for reach in reaches(frames):
            told = True
            yield self.scores(reach)
            claims += self.claims(reach)
        if claims:
            columns = ("task", "claim", "verdict", "because")
            yield Table("Claims", columns, tuple(claims), NOTES, text=True)
        if not told:
            text = "nothing to tell: no task was trained on a range, `length: {from: 5, to: 40}`,"
            yield Table("Extrapolation", ("",), (), (f"{text} and tested beyond it",))

    def scores(self, reach: Reach) -> Table:
        """Recall at each length, the median over seeds with the least and the largest."""
        rows = []
        for label in reach.labels:
            many = [reach.within(label), *(reach.at(label, place) for place in reach.places)]
            rows.append(Row((label, *map(self.cell, many), reach.seeds(label))))
        places = [f"{it}{' beyond' if it > reach.most else ''}" for it in reach.places]
        columns = ("", "trained range", *places, "seeds")
        title = f"{reach.task}: recall in {reach.metric} by {reach.setting}, trained on"
        return Table(f"{title} {reach.least} to {reach.most}", columns, tuple(rows), (WITHIN,))

    def cell(self, recall: np.ndarray) -> str:
        """One length of one architecture."""
        if not len(recall):
            return "–"
        middle, least, most = (
            f"{it:z.{self.decimals}f}" for it in (np.median(recall), recall.min(), recall.max())
        )
        return middle if least == most else f"{middle} ({least} to {most})"

    def claims(self, reach: Reach) -> Iterator[Row]:
        """What holds beyond, of each; and what attention does from near to far."""
        for label in reach.labels:
            for place in far(reach):
                said = self.left(
                    reach.within(label), "within the trained range", reach.at(label, place), place
                )
                yield Row((reach.task, f"{HOLDS} ({label}, at {place})", *said))
        near = reach.inside[:1]
        for label in reach.of(self.attention) if near else ():
            ends = {"within": reach.inside[-1], "beyond": reach.places[-1]}
            for where, place in ends.items():
                if place > near[0]:
                    first, last = reach.at(label, near[0]), reach.at(label, place)
                    said = self.left(first, f"at {near[0]}", last, place)
                    yield Row((reach.task, f"{SEES} ({label}, {where} the trained range)", *said))

    def left(self, near: np.ndarray, name: str, far: np.ndarray, place: int) -> tuple[str, str]:
        """Verdict and reason: the share of the recall near by which is left far away."""
        if not (len(near) and len(far)):
            return "cannot tell", "no recall is known: what guessing gives is not told, or no score"
        first, last = (self.estimate([it]) for it in (near, far))
        because = f"recall is {self.span(first)} {name} and {self.span(last)} at {place}"
        if not (first.known and last.known):
            return "cannot tell", f"{because}; one seed has no interval"
        if first.low < self.learned:
            return "cannot tell", f"{because}: it may not have learned what is near"
        share = bootstrap([far, near.clip(LEAST)], ratio, np.random.default_rng(0), self.draws)
        return verdict(share, self.holds), f"{because}, {self.span(share)} times as much"

    def estimate(self, sample: list[np.ndarray]) -> Estimate:
        """The median over seeds."""
        return bootstrap(sample, median, np.random.default_rng(0), self.draws)

    def span(self, found: Estimate) -> str:
        """A number with its interval."""
        value, low, high = (f"{it:z.{self.decimals}f}" for it in found)
        return f"{value} [{low}, {high}]" if found.known else value


WITHIN = (
    "0 is a guess, 1 no error; the trained range is scored on examples from all over it or, where"
    " guessing differs over it, as the mean over the tested lengths inside"
)
NOTES = (
    "intervals are percentile bootstraps of the median over seeds; of n seeds they hold it with a"
    " probability of 1 - 2^(1-n) at most: 75 % of three, 94 % of five",
)


def far(reach: Reach) -> list[int]:
    """The first place at twice the trained length or more, and the last."""
    twice = [place for place in reach.beyond if place >= 2 * reach.most]
    return sorted({*twice[:1], reach.beyond[-1]})


@hookimpl
def reports() -> list[type[Report]]:
    return [ExtrapolationReport]
