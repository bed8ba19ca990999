"""What a score costs, and what a generated step does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqbench import Frames
from seqbench.kits.frames import labelled, mixed_conditions
from seqbench.kits.probed import probed
from seqbench_plugins.reports.decoding import NAMES, DecodingReport
from seqbench_plugins.reports.page.picture import (
    Picture,
    Rows,
    axis,
    behind,
    chart,
    coloured,
    lines,
    shaped,
    tips,
)
from seqbench_plugins.reports.page.scores import Parts, heading, ranked

if TYPE_CHECKING:
    import pandas as pd

COSTS = {
    "costs.parameters": "parameters",
    "costs.flops_per_step": "FLOPs a step",
    "costs.fit_seconds": "seconds of training",
    "decode": "seconds a generated step",
}
CHOSEN = "cost"


def trade(frames: Frames, names: Sequence[str]) -> Parts:
    """Score against cost, a picture a task; the reader chooses the cost."""
    pictures = []
    trials = labelled(frames.trials)
    uneven = mixed_conditions(trials)
    costs = priced(frames, trials)
    scores = ranked(frames)
    scores = scores[~scores.baseline.astype(bool)]
    for task, here in scores.groupby("task_label", sort=False):
        rows = points(here, costs, untimed=bool(uneven))
        known = [cost for cost in COSTS.values() if any(row["cost"] == cost for row in rows)]
        if not known or len({row["architecture"] for row in rows}) < 2:
            continue
        title = f"{task}: score against cost"
        fields = {"architecture": "", "cost": "cost", "amount": "amount", "score": heading(here)}
        table = behind(title, rows, {**fields, "best": "on the front"})
        alt = "Means over seeds. The line joins those that none beats in both score and cost."
        pictures.append(Picture(title, alt, front(rows, names, known, heading(here)), table, task))
    lead = "The line joins the architectures that no other beats in score and in cost at once."
    if uneven:
        lead += f" Seconds are left out: they were {uneven}."
    return "trade", "Accuracy against cost", lead, pictures, []


def priced(frames: Frames, trials: pd.DataFrame) -> pd.DataFrame:
    """The trials' costs by id, with the seconds of a generated step at the longest context."""
    found = trials.set_index("id")[[c for c in COSTS if c in trials]].copy()
    steps = probed(frames, ("decode_seconds",))
    if len(steps) and "at.context" in steps:
        longest = steps[steps["at.context"] == steps["at.context"].max()]
        found["decode"] = longest.groupby("id").value.median()
    return found


def points(here: pd.DataFrame, costs: pd.DataFrame, untimed: bool) -> Rows:
    """A row for each architecture and cost; `best` where none beats it in both."""
    rows: Rows = []
    lower = bool((here.better == "lower").any())
    for column, title in COSTS.items():
        if column not in costs or (untimed and "second" in title):
            continue
        mine: Rows = []
        for label, trials in here.groupby("label", sort=False):
            amount = costs.loc[trials.id, column].dropna()
            if len(amount):
                score = float(trials.value.mean())
                told = {"architecture": str(label), "cost": title, "score": score}
                mine.append({**told, "amount": float(amount.mean())})
        for row in mine:
            row["best"] = not any(beats(other, row, lower) for other in mine)
        rows += mine
    return rows


def beats(one: dict[str, Any], other: dict[str, Any], lower: bool) -> bool:
    """Whether one is at least as good in both, and better in one of them."""
    gain = (other["score"] - one["score"]) * (1 if lower else -1)
    saved = other["amount"] - one["amount"]
    return gain >= 0 and saved >= 0 and (gain > 0 or saved > 0)


def front(rows: Rows, names: Sequence[str], known: list[str], title: str) -> dict[str, Any]:
    """Points, and a line through the best; a parameter of the chart says which cost."""
    x, y = axis("amount", "cost", form="~s"), axis("score", title)
    hover = tips({"architecture": "architecture", "amount": "cost", "score": "score"})
    line = {
        "transform": [{"filter": "datum.best"}],
        "mark": {"type": "line", "color": "#888888", "strokeDash": [4, 3]},
        "encoding": {"x": x, "y": y},
    }
    shown = {"x": x, "y": y, "color": coloured(names), "shape": shaped(names), "tooltip": hover}
    point = {
        "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
        "encoding": shown,
    }
    spec = chart(rows, [line, point], names)
    chosen = {"name": CHOSEN, "value": known[0]}
    bind = {"bind": {"input": "select", "options": known, "name": "cost: "}}
    return {
        **spec,
        "params": [{**chosen, **bind} if len(known) > 1 else chosen],
        "transform": [{"filter": f"datum.cost == {CHOSEN}"}],
    }


def decoding(frames: Frames, names: Sequence[str]) -> Parts:
    """Seconds a step, and bytes kept, by the context."""
    pictures = []
    numbers = probed(frames, NAMES)
    numbers = numbers[numbers["at.context"].notna()] if "at.context" in numbers else numbers[:0]
    units = {"decode_seconds": "seconds a generated step", "state_bytes": "bytes kept"}
    for (task, name), here in numbers.groupby(["task_label", "name"], sort=False):
        if name not in units:
            continue
        rows: Rows = []
        for (label, context), mine in here.groupby(["label", "at.context"], sort=False):
            values = mine.value.to_numpy(float)
            row = {"architecture": str(label), "context": int(context)}
            rows.append({**row, "amount": float(np.median(values))})
        title = f"{task}: {units[name]} by context"
        x = axis("context", "steps read before", log=True)
        y = axis("amount", units[name], log=all(row["amount"] > 0 for row in rows))
        fields = {"architecture": "", "context": "context", "amount": units[name]}
        alt = f"Median over seeds of {units[name]} once a context was read."
        spec = lines(rows, names, x, y)
        pictures.append(Picture(title, alt, spec, behind(title, rows, fields), str(task)))
    lead = "One more step, once so many were read: what it takes, and what has to be kept."
    tables = list(DecodingReport().tables(frames)) if pictures else []
    return "decoding", "Generating, step by step", lead, pictures, tables
