"""What one more step costs after so many, from what the probe `decoding` measured."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqbench import Frames, Report, SeqbenchError, hookimpl
from seqbench.kits.frames import labelled, mixed_conditions
from seqbench.kits.probed import not_measured, probed
from seqbench.kits.statistics import Estimate, bootstrap, median, ratio, verdict
from seqbench.kits.table import Row, Table, TablesReport

if TYPE_CHECKING:
    import pandas as pd

KEEPS = "attention keeps more with every token, a recurrent network not to that extent"
TAKES = "attention's step takes longer with every token, a recurrent network's not to that extent"
WORST = ("not supported", "cannot tell", "supported")
NAMES = ("decode_seconds", "state_bytes", "streaming_error")


@dataclass(frozen=True)
class DecodingReport(TablesReport):
    """Seconds a step and bytes kept by the context's length, and a claim about their growth."""

    name = "decoding"
    attention: tuple[str, ...] = ("transformer",)  # architectures that the claim says grow
    recurrent: tuple[str, ...] = ("rnn", "lstm")  # those that it says do not, to that extent
    tolerance: float = 1e-4  # streaming error up to which a latency is told
    draws: int = 2000  # of the bootstrap

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise SeqbenchError(f"decoding.draws is {self.draws}; it takes 1 or more")

    def tables(self, frames: Frames) -> Iterator[Table]:
        """Two a task, then the claim, and what was not measured."""
        trials, lacking = labelled(frames.trials), not_measured(frames, self.name)
        claims: list[Row] = []
        numbers = probed(frames, NAMES)
        for task, here in numbers.groupby("task_label", sort=False):
            uneven = mixed_conditions(trials[trials.id.isin(here.id)])
            steps = Steps(within(here, self.tolerance), uneven)
            yield steps.seconds(str(task), self.tolerance)
            yield steps.kept(str(task))
            claims += self.claims(str(task), steps)
        if claims:
            columns = ("task", "claim", "verdict", "because")
            yield Table("Claims", columns, tuple(claims), NOTES, text=True)
        yield from lacking
        if not len(numbers) and not lacking:
            text = "nothing to tell: `measure: [decoding]` asks for it"
            yield Table("Decoding", ("",), (), (text,))

    def claims(self, task: str, steps: Steps) -> Iterator[Row]:
        """What is kept and what it takes, of each pair that the claim speaks of."""
        for grows in steps.labels(self.attention):
            for stays in steps.labels(self.recurrent):
                pair = f"({grows} and {stays})"
                yield Row((task, f"{KEEPS} {pair}", *self.keeps(steps, grows, stays)))
                yield Row((task, f"{TAKES} {pair}", *self.takes(steps, grows, stays)))

    def keeps(self, steps: Steps, grows: str, stays: str) -> tuple[str, str]:
        """Verdict and reason, without an interval: bytes are exact."""
        if why := steps.unfit(grows, stays):
            return "cannot tell", why
        contexts = steps.shared(grows, stays)
        kept = [steps.table(it, "state_bytes")[contexts].to_numpy() for it in (grows, stays)]
        times = [it[:, -1].clip(1) / it[:, 0].clip(1) for it in kept]  # nothing kept: no growth
        first, last = times[0].min(), times[1].max()  # seeds are alike, as a rule
        because = (
            f"after {contexts[-1]} {grows} keeps {first:.2f} times the bytes that it keeps after "
            f"{contexts[0]}, and {stays} {last:.2f} times"
        )
        each = bool((np.diff(kept[0], axis=1) > 0).all())
        return "supported" if each and first > last else "not supported", because

    def takes(self, steps: Steps, grows: str, stays: str) -> tuple[str, str]:
        """Verdict and reason: attention's ratio is above 1, and above the other's."""
        if why := steps.uneven or steps.unfit(grows, stays):
            return "cannot tell", why
        first, *_, last = steps.shared(grows, stays)
        found = [steps.table(it, "decode_seconds").clip(1e-9) for it in (grows, stays)]
        times = [(it[last] / it[first]).to_numpy() for it in found]
        rng = np.random.default_rng(0)
        own, other = (bootstrap([it], median, rng, self.draws) for it in times)
        more = bootstrap(times, ratio, rng, self.draws)
        because = (
            f"a step after {last} takes {shown(own)} times one after {first} with {grows}, "
            f"{shown(other)} with {stays}; the one over the other is {shown(more)}"
        )
        if not more.known:
            return "cannot tell", f"{because}; one seed has no interval"
        return min(verdict(own, 1.0), verdict(more, 1.0), key=WORST.index), because


NOTES = (
    "seconds are medians over repeats on a CPU, of a ratio within each trial; intervals are"
    " percentile bootstraps of the median over seeds, which of n seeds they hold with a"
    " probability of 1 - 2^(1-n) at most: 75 % of three, 94 % of five",
)


@dataclass(frozen=True)
class Steps:
    """One task's numbers, of trials that streamed rightly or not (`passed`)."""

    numbers: pd.DataFrame
    uneven: str | None  # why seconds of these trials do not stand in one table

    def seconds(self, task: str, tolerance: float) -> Table:
        """The median over seeds with the least and the largest, in microseconds."""
        rows, contexts = [], self.contexts
        for label in self.labels():
            found = self.table(label, "decode_seconds").reindex(columns=contexts) * 1e6
            cells = ["–" if self.uneven else middle(found[context]) for context in contexts]
            rows.append(Row((label, *cells, *self.told(label, tolerance))))
        columns = ("", *map(str, contexts), "how", "streaming error", "seeds")
        notes = (f"no seconds are told: {self.uneven}",) if self.uneven else ()
        title = f"{task}: µs a generated step by context, median over seeds (least to largest)"
        return Table(title, columns, tuple(rows), notes)

    def kept(self, task: str) -> Table:
        """The same of bytes."""
        rows, contexts = [], self.contexts
        for label in self.labels():
            found = self.table(label, "state_bytes").reindex(columns=contexts)
            rows.append(Row((label, *(middle(found[context]) for context in contexts))))
        return Table(f"{task}: bytes kept by context", ("", *map(str, contexts)), tuple(rows))

    @property
    def contexts(self) -> list[int]:
        """From short to long."""
        return sorted({int(it) for it in self.numbers["at.context"].dropna()})

    def labels(self, of: tuple[str, ...] | None = None) -> list[str]:
        """Of these architectures, or of all, in the order of the records."""
        mine = self.numbers if of is None else self.numbers[self.numbers.architecture.isin(of)]
        return [str(label) for label in dict.fromkeys(mine.label)]

    def table(self, label: str, name: str) -> pd.DataFrame:
        """Of trials that passed, (seeds, contexts): the contexts that all of them have."""
        mine = self.numbers[self.numbers.passed & (self.numbers.label == label)]
        mine = mine[(mine.name == name) & mine["at.context"].notna()]
        wide = mine.pivot_table(index="id", columns="at.context", values="value")
        return wide.dropna(axis=1).rename(columns=int)

    def shared(self, *labels: str) -> list[int]:
        """Contexts, from short to long, at which both were measured."""
        found = [set(map(int, self.table(label, "decode_seconds").columns)) for label in labels]
        return sorted(found[0].intersection(*found[1:]))

    def unfit(self, *labels: str) -> str | None:
        """Why these cannot be compared, or None where they can."""
        for label in labels:
            if not len(self.table(label, "decode_seconds")):
                return f"{label} did not stream rightly: no latency is told"
        return None if len(self.shared(*labels)) > 1 else "measured at fewer than two contexts"

    def told(self, label: str, tolerance: float) -> tuple[str, str, str]:
        """How it goes on, the largest streaming error with what follows from it, and seeds."""
        mine = self.numbers[self.numbers.label == label]
        ways = dict.fromkeys(map(str, mine["at.way"].dropna()))
        errors, seeds = mine[mine.name == "streaming_error"].value, mine.id.nunique()
        text = f"{errors.max():.0e}" if len(errors) else "–"
        if failed := mine[~mine.passed].id.nunique():
            text += f" (above {tolerance:.0e} in {failed} of {seeds}: no latency)"
        return ", ".join(ways), text, str(seeds)


def within(here: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    """The numbers with `passed`, and with a context and a way even where none has one."""
    import pandas as pd

    errors = here[here.name == "streaming_error"].groupby("id").value.max()
    whole = here.reindex(columns=here.columns.union(["at.context", "at.way"], sort=False))
    context = pd.to_numeric(whole["at.context"], errors="coerce")
    return whole.assign(**{"passed": here.id.map(errors) <= tolerance, "at.context": context})


def middle(sample: pd.Series[float]) -> str:
    """The median, with the least and the largest where they differ."""
    known = sample.dropna()
    text = f"{known.median():,.0f}" if len(known) else "–"
    return f"{text} ({known.min():,.0f} to {known.max():,.0f})" if known.nunique() > 1 else text


def shown(found: Estimate) -> str:
    """A number with its interval."""
    text = f"{found.value:.2f}"
    return f"{text} [{found.low:.2f}, {found.high:.2f}]" if found.known else text


@hookimpl
def reports() -> list[type[Report]]:
    return [DecodingReport]
