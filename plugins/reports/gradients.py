"""How gradients fade through time, from what the probe `gradients` measured."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqbench import Frames, Report, SeqbenchError, hookimpl
from seqbench.kits.frames import labelled
from seqbench.kits.probed import not_measured, probed
from seqbench.kits.statistics import Estimate, bootstrap, difference, median, verdict
from seqbench.kits.table import Row, Table, TablesReport

if TYPE_CHECKING:
    import pandas as pd

WORSE = "gradients vanish or explode through time, worse in a plain RNN"
TRAINING = {
    "clipped_share": "clipped",
    "gradient_norm_mean": "mean norm",
    "gradient_norm_max": "largest norm",
    "nonfinite_steps": "steps not finite",
}
NAMES = ("gradient_norm", "decay_per_step", "decay_r2", *TRAINING)
STATES = ("start", "trained")


@dataclass(frozen=True)
class GradientsReport(TablesReport):
    """Norms by lag, decay a step with intervals over seeds, what training noted, and a claim."""

    name = "gradients"
    plain: str = "rnn"  # the architecture that the claim says is worse
    draws: int = 2000  # of the bootstrap

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise SeqbenchError(f"gradients.draws is {self.draws}; it takes 1 or more")

    def tables(self, frames: Frames) -> Iterator[Table]:
        """Two or three a task, then the claim, and what was not measured."""
        numbers, lacking = probed(frames, NAMES), not_measured(frames, self.name)
        trials = labelled(frames.trials)
        claims: list[Row] = []
        for task, here in numbers.groupby("task_label", sort=False):
            yield norms(str(task), here)
            if (here.name == "decay_per_step").any():
                yield self.decays(str(task), here)
                claims += self.claims(str(task), here)
            if here.name.isin(TRAINING).any():
                yield training(str(task), here, trials[trials.task_label == task])
        if claims:
            columns = ("task", "claim", "verdict", "because")
            yield Table("Claims", columns, tuple(claims), NOTES, text=True)
        yield from lacking
        if not len(numbers) and not lacking:
            text = "nothing to tell: `measure: [gradients]` asks for it"
            yield Table("Gradients", ("",), (), (text,))

    def decays(self, task: str, here: pd.DataFrame) -> Table:
        """What a step takes from the gradient, in the median over seeds."""
        rows = []
        for label, when in told(here[here.name == "decay_per_step"]):
            rate = self.estimate(of(here, "decay_per_step", label, when))
            straight = np.median(of(here, "decay_r2", label, when))
            seeds = len(of(here, "decay_per_step", label, when))
            ends = f"{rate.low:+.3f} to {rate.high:+.3f}" if rate.known else "–"
            left = f"{np.exp(-rate.value):.3f}"
            cells = (f"{rate.value:+.3f}", ends, left, f"{straight:.2f}", str(seeds))
            rows.append(Row((f"{label}, {when}", *cells)))
        columns = ("", "nats lost a step", "95 % interval", "left after a step", "R²", "seeds")
        return Table(f"{task}: decay of the gradient from lag 1 on", columns, tuple(rows))

    def claims(self, task: str, here: pd.DataFrame) -> Iterator[Row]:
        """The claim against each other architecture, at the start and trained."""
        rates = here[here.name == "decay_per_step"]
        plains = set(rates[rates.architecture == self.plain].label)
        for plain in sorted(plains):
            for label, when in told(rates[~rates.label.isin(plains)]):
                mine = of(here, "decay_per_step", plain, when)
                if len(mine):
                    other = of(here, "decay_per_step", label, when)
                    said = self.worse(mine, other)
                    yield Row((f"{task}, {when}", f"{WORSE} ({plain} and {label})", *said))

    def worse(self, plain: np.ndarray, other: np.ndarray) -> tuple[str, str]:
        """Verdict and reason: its rate is not 0, and farther from it than the other's."""
        rng = np.random.default_rng(0)
        own = self.estimate(plain)
        more = bootstrap([abs(plain), abs(other)], difference, rng, self.draws)
        because = f"{span(own)} nats a step, and {span(more)} more than the other, both as sizes"
        away = own.low > 0 or own.high < 0
        found = verdict(more, 0.0)
        return ("cannot tell" if found == "supported" and not away else found), because

    def estimate(self, sample: np.ndarray) -> Estimate:
        """The median over seeds."""
        return bootstrap([sample], median, np.random.default_rng(0), self.draws)


NOTES = (
    "a rate of 0.69 nats a step halves the gradient at each step; below 0 it grows",
    "intervals are percentile bootstraps of the median over seeds; of n seeds they hold it with a"
    " probability of 1 - 2^(1-n) at most: 75 % of three, 94 % of five",
)


def norms(task: str, here: pd.DataFrame) -> Table:
    """Medians over seeds, at each lag that was told."""
    found = here[here.name == "gradient_norm"]
    lags = sorted({int(lag) for lag in found["at.lag"].dropna()})
    rows = []
    for label, when in told(found):
        mine = found[(found.label == label) & (found["at.when"] == when)]
        middle = mine.groupby("at.lag").value.median()
        rows.append(Row((f"{label}, {when}", *(power(middle.get(lag)) for lag in lags))))
    title = f"{task}: norm of d loss / d input by lag, median over seeds"
    return Table(title, ("", *(f"lag {lag}" for lag in lags)), tuple(rows))


def training(task: str, here: pd.DataFrame, trials: pd.DataFrame) -> Table:
    """What the training noted of the gradients of weights, in the median over seeds.

    Beside it, how many trainings ended where a number was no longer finite: nothing else is known
    of those.
    """
    rows = []
    for label, mine in trials[~trials.baseline.astype(bool)].groupby("label", sort=False):
        lost = int((mine.status == "diverged").sum())
        noted = here[here.name.isin(TRAINING) & (here.label == label)]
        if lost or len(noted):
            middle = noted.groupby("name").value.median()
            cells = ("–" if name not in middle else f"{middle[name]:.3g}" for name in TRAINING)
            rows.append(Row((str(label), *cells, f"{lost} of {len(mine)}")))
    title = f"{task}: gradients of the weights in training, before clipping"
    return Table(title, ("", *TRAINING.values(), "diverged"), tuple(rows))


def told(numbers: pd.DataFrame) -> list[tuple[str, str]]:
    """Labels with the states they were looked at in, the start of all first."""
    pairs = dict.fromkeys(zip(numbers.label, numbers["at.when"], strict=True))
    return sorted(pairs, key=lambda pair: STATES.index(pair[1]))


def of(here: pd.DataFrame, name: str, label: str, when: str) -> np.ndarray:
    """One number of one architecture, (seeds,)."""
    rows = here[(here.name == name) & (here.label == label) & (here["at.when"] == when)]
    return rows.value.to_numpy(float)


def power(value: float | None) -> str:
    """A norm, which may be of any size."""
    return "–" if value is None else f"{value:.1e}"


def span(found: Estimate) -> str:
    """A number with its interval."""
    text = f"{found.value:.3f}"
    return f"{text} [{found.low:.3f}, {found.high:.3f}]" if found.known else text


@hookimpl
def reports() -> list[type[Report]]:
    return [GradientsReport]
