"""How far back architectures remember, from what the probe `memory` measured."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqbench import Frames, Report, SeqbenchError, hookimpl
from seqbench.kits.ladder import Ladder, wirings
from seqbench.kits.probed import not_measured, probed
from seqbench.kits.statistics import Estimate, bootstrap, median, ratio, verdict
from seqbench.kits.table import Row, Table, TablesReport

USES = "a recurrent network uses what came before, and a feed-forward one cannot"
WINDOW = "a feed-forward network with a window uses what lies in it, and nothing before"
FORGETS = "a plain RNN forgets: what is near is easy, the same from far is not"
WAYS = "feedback may be direct, indirect, lateral or full: each remembers what is near"
KEEPS = "an LSTM keeps information longer than a plain RNN"
NAMES = ("recall", "horizon", "horizon_censored")


@dataclass(frozen=True)
class MemoryReport(TablesReport):
    """Recall by distance, solved shares and horizons with intervals over seeds, and claims."""

    name = "memory"
    decimals: int = 2
    solved: float = 0.9  # recall from which a seed counts as having solved a distance
    plain: str = "rnn"  # the architecture that the claims say forgets
    gated: str = "lstm"  # the one that they say keeps
    blind: str = "ffn"  # the one that they say cannot see the past
    window: str = "window_ffn"  # the one that they say sees a part of it
    draws: int = 2000  # of the bootstrap

    def __post_init__(self) -> None:
        if not 0 < self.solved <= 1:
            raise SeqbenchError(f"memory.solved is {self.solved}; it takes a number above 0, to 1")
        if self.draws < 1:
            raise SeqbenchError(f"memory.draws is {self.draws}; it takes 1 or more")

    def tables(self, frames: Frames) -> Iterator[Table]:
        """Two a task, then the claims, and what was not measured."""
        numbers, lacking = probed(frames, NAMES), not_measured(frames, self.name)
        feedback = wirings(frames, self.plain)
        claims: list[Row] = []
        for task, here in numbers.groupby("task_label", sort=False):
            for threshold, found in here[here.name == "horizon"].groupby("at.threshold"):
                ladder = Ladder(here[here.name == "recall"], found)
                yield self.recalls(str(task), ladder)
                yield self.horizons(f"{task}: horizon, at a recall of {threshold:g}", ladder)
                claims += self.claims(str(task), float(threshold), ladder, feedback)
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

    def claims(
        self, task: str, threshold: float, ladder: Ladder, feedback: dict[str, str]
    ) -> Iterator[Row]:
        """Each claim on each architecture that it speaks of."""
        ways = {label: feedback[label] for label in ladder.labels if label in feedback}
        if len(set(ways.values())) > 1:
            yield Row((task, WAYS, *self.each(ways, threshold, ladder)))
        for blind in ladder.of(self.blind):
            for other in (*ladder.of(self.plain), *ladder.of(self.gated)):
                said = self.uses(other, blind, threshold, ladder)
                yield Row((task, f"{USES} ({other} and {blind})", *said))
        for window in ladder.of(self.window):
            yield Row((task, f"{WINDOW} ({window})", *self.forgets(window, threshold, ladder)))
        for plain in (it for it in ladder.of(self.plain) if ways.get(it, "elman") == "elman"):
            yield Row((task, FORGETS, *self.forgets(plain, threshold, ladder)))
            for gated in ladder.of(self.gated):
                yield Row((task, f"{KEEPS} ({gated})", *self.keeps(plain, gated, ladder)))

    def uses(self, other: str, blind: str, threshold: float, ladder: Ladder) -> tuple[str, str]:
        """Verdict and reason: recall near by is above the threshold, and for the blind below it.

        So it is at every distance for the blind, or it would see something.
        """
        near = ladder.distances[0]
        mine = self.estimate(ladder.recall(other, near))
        blinds = [self.estimate(ladder.recall(blind, d)) for d in ladder.distances]
        theirs = max(blinds, key=lambda it: it.high if it.known else it.value)
        because = f"recall at {near} is {self.span(mine)} for {other}, and for {blind}"
        because += f" {self.span(theirs)} where it is highest"
        if not (mine.known and theirs.known):
            return "cannot tell", f"{because}; one seed has no interval"
        if theirs.low >= threshold:
            return "not supported", because
        if mine.low < threshold:
            return "cannot tell", f"{because}: {other} may not have learned what is near"
        return "supported" if theirs.high < threshold else "cannot tell", because

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

    def each(self, ways: dict[str, str], threshold: float, ladder: Ladder) -> tuple[str, str]:
        """Verdict and reason: recall near by is above the threshold, whatever the feedback.

        It is not where one way's is below, and another's above: so much can be learned there.
        """
        near = ladder.distances[0]
        found = {label: self.estimate(ladder.recall(label, near)) for label in ways}
        told = [f"{self.span(one)} {ways[label]}" for label, one in found.items()]
        far = [f"{ladder.shown(np.median(ladder.horizon(it)))} {way}" for it, way in ways.items()]
        because = f"recall at {near} is {', '.join(told)}; the horizon is {', '.join(far)}"
        if not all(one.known for one in found.values()):
            return "cannot tell", f"{because}; one seed has no interval"
        passed = [one.low >= threshold for one in found.values()]
        failed = any(one.high < threshold for one in found.values())
        if failed and any(passed):
            return "not supported", because
        return "supported" if all(passed) else "cannot tell", because

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


@hookimpl
def reports() -> list[type[Report]]:
    return [MemoryReport]
