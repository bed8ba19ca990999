"""Scores as tables: one over all tasks, then one a task, then what is missing and why."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from seqbench import Frames, Report, hookimpl
from seqbench.kits.frames import labelled, mixed_code, mixed_conditions, summary, unmeasured
from seqbench.kits.table import Row, Strong, Table, TablesReport

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TableReport(TablesReport):
    """Mean and standard deviation over seeds, with baselines and chance as rows of their own."""

    name = "table"
    decimals: int = 3

    def tables(self, frames: Frames) -> Iterator[Table]:
        """All of them, in the order of reading."""
        trials, scores = labelled(frames.trials), summary(frames)
        tasks = [str(task) for task in dict.fromkeys(trials.task_label)]
        if len(tasks) > 1:
            yield self.overall(tasks, trials, scores)
        for task in tasks:
            here, found = trials[trials.task_label == task], scores[scores.task_label == task]
            yield self.of_task(task, here, found[found["at"] == ""])
            if len(swept := found[found["at"] != ""]):
                yield self.by_coordinate(task, here, swept)
        if len(lacking := trials[trials.status != "ok"]):
            yield missing(lacking)

    def overall(self, tasks: list[str], trials: pd.DataFrame, scores: pd.DataFrame) -> Table:
        """Architectures by tasks, each task by the metric it is ranked by."""
        ranked = {task: main(scores[scores.task_label == task]) for task in tasks}
        rows = [
            Row(("chance", *(self.chance(ranked[task]) for task in tasks)), quiet=True),
            Row(("best baseline", *(self.best_baseline(ranked[task]) for task in tasks)), True),
        ]
        for name in dict.fromkeys(trials[~trials.baseline].label):
            here = trials[(trials.label == name) & ~trials.baseline]
            tried = ((ranked[task], here[here.task_label == task]) for task in tasks)
            cells = (self.cell(t[~t.baseline.astype(bool)], name, mine) for t, mine in tried)
            rows.append(Row((str(name), *cells)))
        columns = ("", *(f"{task} {heading(ranked[task])}" for task in tasks))
        title = "Test scores by task: mean ± standard deviation over seeds"
        return Table(title, columns, tuple(rows), (BOLD, *alone([*ranked.values()])))

    def by_coordinate(self, task: str, trials: pd.DataFrame, scores: pd.DataFrame) -> Table:
        """The metric that the task is ranked by, at each coordinate it was tested at."""
        ranked = scores[scores.name == scores.name.iloc[0]]
        places = list(dict.fromkeys(ranked["at"]))
        tables = [ranked[ranked["at"] == at] for at in places]
        rows = [Row(("chance", *(self.chance(t) for t in tables)), quiet=True)]
        for name, baseline in in_order(trials, tables[-1]):
            here = trials[(trials.label == name) & (trials.baseline == baseline)]
            if (here.status == "ok").any():
                cells = (self.cell(t[t.baseline == baseline], name, here) for t in tables)
                rows.append(Row((name, *cells), quiet=baseline))
        title = f"{task}: {heading(tables[0].assign(at=''))} by test setting, trained once"
        return Table(title, ("", *places), tuple(rows))

    def of_task(self, task: str, trials: pd.DataFrame, scores: pd.DataFrame) -> Table:
        """Every metric of one task as it was trained, with parameters and speed."""
        tables = [scores[scores.name == name] for name in dict.fromkeys(scores.name)]
        columns = ("", *(heading(t) for t in tables), "parameters", "examples/s", "seeds ok")
        rows = [Row(("chance", *(self.chance(t) for t in tables), "", "", ""), quiet=True)]
        uneven = mixed_conditions(trials)
        order = in_order(trials, tables[0] if tables else scores)
        for name, baseline in order:
            here = trials[(trials.label == name) & (trials.baseline == baseline)]
            cells = (self.cell(t[t.baseline == baseline], name, here) for t in tables)
            speed = "" if uneven or baseline else number(here, "costs.examples_per_second")
            size = number(here, "costs.parameters")
            share = f"{int((here.status == 'ok').sum())}/{len(here)}"
            rows.append(Row((name, *cells, size, speed, share), quiet=baseline))
        notes = [f"speeds are left out: they were {uneven}"] if uneven else []
        notes += [
            *alone(tables),
            *unmeasured(trials),
            *tied(tables),
            *mixed_code(trials),
            *searched(trials),
        ]
        return Table(task, columns, tuple(rows), tuple(notes))

    def cell(self, scores: pd.DataFrame, name: object, trials: pd.DataFrame) -> str:
        """Mean ± spread of one architecture; what became of it where there is no score."""
        found = scores[scores.label == name]
        if not len(found):
            return str(trials.status.iloc[0]) if len(trials) else ""
        row = found.iloc[0]
        text = f"{row['mean']:.{self.decimals}f}"
        if not isnan(row.sd):
            text += f" ± {row.sd:.{self.decimals}f}"
        elif not isnan(row.low):
            text += f" [{row.low:.{self.decimals}f}, {row.high:.{self.decimals}f}]"
        text = text if row.n == len(trials) else f"{text} ({row.n} of {len(trials)} seeds)"
        return Strong(text) if row.leads else text

    def chance(self, scores: pd.DataFrame) -> str:
        """What guessing gives, where it is known."""
        known = scores.chance.dropna()
        return f"{known.iloc[0]:.{self.decimals}f}" if len(known) else "–"

    def best_baseline(self, scores: pd.DataFrame) -> str:
        """The trivial answer that is hardest to beat, by name."""
        found = scores[scores.baseline]
        if not len(found):
            return "–"
        best = found.loc[found["mean"].idxmin() if lower(found) else found["mean"].idxmax()]
        return f"{best['mean']:.{self.decimals}f} ({best.label})"


BOLD = "bold: the best architecture, where a paired t-test over seeds tells it from every other"


def main(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of the metric that the task is ranked by, as it was trained."""
    plain = scores[scores["at"] == ""]
    return plain[plain.name == plain.name.iloc[0]] if len(plain) else plain


def lower(scores: pd.DataFrame) -> bool:
    """Is less better here?"""
    return bool((scores.better == "lower").any())


def heading(scores: pd.DataFrame) -> str:
    """A metric with its unit, its direction and its coordinate."""
    if not len(scores):
        return ""
    row = scores.iloc[0]
    unit = f" [{row.unit}]" if row.unit else ""
    where = f" at {row['at']}" if row["at"] else ""
    return f"{row['name']}{where}{unit} {'↓' if lower(scores) else '↑'}"


def in_order(trials: pd.DataFrame, scores: pd.DataFrame) -> list[tuple[str, bool]]:
    """Baselines first, then architectures from best to worst; those without a score last."""
    place = {
        (row.label, row.baseline): row["mean"] if lower(scores) else -row["mean"]
        for _, row in scores.iterrows()
    }
    names = dict.fromkeys(zip(trials.label, trials.baseline.astype(bool), strict=True))
    return sorted(names, key=lambda key: (not key[1], place.get(key, float("inf"))))


def tied(tables: list[pd.DataFrame]) -> list[str]:
    """That nobody leads by the metric that the task is ranked by."""
    models = tables[0][~tables[0].baseline.astype(bool)] if tables else ()
    if len(models) < 2 or models.leads.any():
        return []
    return [f"no architecture is told apart from all others by {models.name.iloc[0]}"]


def alone(tables: list[pd.DataFrame]) -> list[str]:
    """What an interval is of, where there is one seed."""
    about = "of one seed: 95 % bootstrap intervals over test examples; seeds may differ by more"
    return [about] if any(((t.n == 1) & t.low.notna()).any() for t in tables) else []


def number(trials: pd.DataFrame, column: str) -> str:
    """The median of a cost over seeds."""
    values = trials[column].dropna() if column in trials else trials.seed.iloc[:0]
    return f"{values.median():,.0f}" if len(values) else ""


def searched(trials: pd.DataFrame) -> list[str]:
    """From how many settings each was chosen, and that this was on valid."""
    if "study.settings" not in trials or not trials["study.settings"].notna().any():
        return []
    found = trials[trials["study.settings"].notna()].drop_duplicates("label")
    counts = {row.label: int(row["study.settings"]) for _, row in found.iterrows()}
    told = ", ".join(f"{label} {count}" for label, count in counts.items())
    fair = "" if len(set(counts.values())) == 1 else "; not the same number for all"
    return [f"chosen on valid alone, of settings: {told}{fair}"]


def missing(trials: pd.DataFrame) -> Table:
    """What has no score, and why."""
    rows = []
    groups = trials.fillna({"reason": ""}).groupby(
        ["task_label", "label", "status", "reason"], sort=False
    )
    for (task, label, status, reason), found in groups:
        rows.append(Row((f"{task} × {label}", status, str(len(found)), reason)))
    return Table("Without a score", ("", "status", "trials", "reason"), tuple(rows), text=True)


@hookimpl
def reports() -> list[type[Report]]:
    return [TableReport]
