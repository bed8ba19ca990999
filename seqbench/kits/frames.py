"""What every report starts from: names that tell settings apart, and numbers over seeds."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqbench.contract.report import Frames
from seqbench.kits.leading import leader

if TYPE_CHECKING:
    import pandas as pd

CONDITIONS = ("facts.processor", "facts.threads", "facts.workers", "facts.device")


def labelled(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials but races with `task_label` and `label`: a name and the settings it varies in.

    `rnn` where one rnn was tried, `rnn(layers=2)` where several were; a recipe that varies for
    one architecture on one task is named too.
    """
    made = trials[~trials.race.astype(bool)].copy()
    if not len(made):
        return made.assign(task_label=[], label=[])
    made["task_label"] = _varied(made, ["task"], "task", ("task.",))
    within = ["task_label", "architecture", "baseline"]
    named = made.copy()
    for _, rows in made.groupby("architecture", sort=False):
        named.loc[rows.index, _sized(rows)] = None
    made["label"] = _varied(named, within, "architecture", ("architecture.",))
    if "study.name" in made:  # one setting was chosen, which need not be named here
        made["label"] = made["study.name"].fillna(made.label)
    made["label"] = _varied(made, ["task_label", "label", "baseline"], "label", ("train.",))
    partial = made.partial.astype(bool)
    made.loc[partial, "label"] = made.label[partial] + " (partial)"
    return made


def _sized(trials: pd.DataFrame) -> list[str]:
    """Settings of one architecture that follow from the task and all others.

    Those are sizes, solved for so that all weigh alike.

    What a suite itself sets is the same on every task.
    """
    settings = [c for c in map(str, trials) if c.startswith("architecture.")]
    differ = [c for c in settings if trials[c].astype(str).nunique() > 1]
    texts = trials[[*differ, "task_label"]].astype(str)
    found = []
    for column in differ:
        others = [c for c in differ if c != column]
        by_task = texts.groupby([*others, "task_label"], sort=False)[column].nunique()
        overall = texts.groupby(others, sort=False)[column].nunique() if others else by_task
        if by_task.max() == 1 and overall.max() > 1:
            found.append(column)
    return found


def _varied(
    trials: pd.DataFrame, groups: list[str], name: str, prefixes: tuple[str, ...]
) -> pd.Series[str]:
    """Each row's name, followed by the settings that are not the same throughout its group."""
    labels = trials[name].astype(str)
    for _, rows in trials.groupby(groups, sort=False):
        settings = [c for c in rows if str(c).startswith(prefixes) and rows[c].notna().any()]
        differ = [c for c in settings if rows[c].astype(str).nunique() > 1]
        if differ:
            inside = _texts(rows[differ], gaps=True)
            labels.loc[rows.index] = rows[name].astype(str) + "(" + inside + ")"
    return labels


def _texts(settings: pd.DataFrame, gaps: bool) -> pd.Series[str]:
    """Each row's settings, NaN too if gaps are to be told; put into words once for all alike."""
    alike = settings.apply(lambda column: column.map(repr))
    number = alike.groupby(list(alike), sort=False).ngroup()  # by first appearance
    distinct = settings[~number.duplicated()].astype(object)
    rows = [row if gaps else row.dropna() for _, row in distinct.iterrows()]
    texts = [_inside(row.to_dict()) for row in rows]
    found: pd.Series[str] = number.map(dict(enumerate(texts)))
    return found


def _inside(settings: Mapping[Any, Any]) -> str:
    return ", ".join(
        f"{str(key).split('.', 1)[1]}={short(value)}" for key, value in settings.items()
    )


def short(value: Any) -> str:
    """A setting as its user would write it: 2, not 2.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def summary(frames: Frames, split: str = "test") -> pd.DataFrame:
    """One row per task, architecture, metric and coordinate, over seeds.

    Columns: task_label, label, baseline, name, at (text, empty for the task as it was trained),
    mean, sd (sample standard deviation; NaN for one seed), n (seeds), better, chance, unit, low,
    high (of one seed, the 95 % interval over test examples), leads (whether it is the best
    architecture and told apart from every other one, seed by seed).
    """
    trials, numbers = labelled(frames.trials), frames.measurements
    numbers = numbers[numbers.split == split] if len(numbers) else numbers
    if not len(trials) or not len(numbers):
        return numbers.reindex(columns=SUMMARY)[:0]
    both = numbers.drop(
        columns=["task", "architecture", "seed", "baseline"], errors="ignore"
    ).merge(trials[["id", "task_label", "label", "seed", "baseline"]], on="id")
    at = [c for c in both if str(c).startswith("at.")]
    both["at"] = _texts(both[at], gaps=False) if at else ""
    groups = ["task_label", "label", "baseline", "name", "at"]
    found = both.groupby(groups, sort=False, dropna=False)
    told = found.agg(
        mean=("value", "mean"),
        sd=("value", "std"),
        n=("value", "size"),
        better=("better", "first"),
        chance=("chance", "first"),
        unit=("unit", "first"),
        low=("low", "first"),
        high=("high", "first"),
    ).reset_index()
    told[["low", "high"]] = told[["low", "high"]].where(told.n == 1)
    models = both[~both.baseline.astype(bool)]
    where = ["task_label", "name", "at"]
    first = {key: leader(here) for key, here in models.groupby(where, sort=False, dropna=False)}
    keys = zip(*(told[column] for column in where), strict=True)
    leads = [first.get(key) for key in keys]
    return told.assign(leads=~told.baseline.astype(bool) & (told.label == leads))


SUMMARY = [
    *("task_label", "label", "baseline", "name", "at"),
    *("mean", "sd", "n", "better", "chance", "unit", "low", "high", "leads"),
]


def mixed_conditions(trials: pd.DataFrame) -> str | None:
    """Why timings of these trials cannot stand in one table, or None where they can."""
    timed = trials[~trials.baseline.astype(bool) & (trials.status == "ok")]
    for column in CONDITIONS:
        if column in timed and timed[column].astype(str).nunique() > 1:
            found = ", ".join(sorted(timed[column].astype(str).unique()))
            return f"not measured alike: {column.split('.', 1)[1]} was {found}"
    return None


def mixed_code(trials: pd.DataFrame) -> list[str]:
    """Which rows stand on records that different texts of a plugin made."""
    found = []
    for column, what in (("facts.task_code", "task"), ("facts.architecture_code", "label")):
        if column in trials:
            texts = trials.groupby(what)[column].nunique()
            for name, number in texts[texts > 1].items():
                found.append(f"{name}: its records were made by {number} versions of its code")
    return found


def unmeasured(trials: pd.DataFrame) -> list[str]:
    """That no trivial answer has a score here, where architectures have."""
    scored = trials[trials.status == "ok"]
    if not len(scored) or scored.baseline.astype(bool).any():
        return []
    return ["no trivial answer has a score here: nothing says whether these learned anything"]
