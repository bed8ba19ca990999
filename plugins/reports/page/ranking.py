"""Many tasks together: mean ranks, and who can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqbench import Frames
from seqbench.kits.ranks import FEWEST, Standing, standing
from seqbench.kits.table import Row, Table
from seqbench_plugins.reports.page.picture import Picture, chart, coloured, shaped, tips
from seqbench_plugins.reports.page.scores import Parts, ranked

if TYPE_CHECKING:
    import pandas as pd


def means(frames: Frames) -> pd.DataFrame:
    """Mean scores, tasks by architectures, larger where better; what not all have is left out."""
    scores = ranked(frames)
    scores = scores[~scores.baseline.astype(bool)]
    if not len(scores):
        return scores[:0]
    signed = scores.value.where(scores.better != "lower", -scores.value)
    table = scores.assign(value=signed).pivot_table(
        index="task_label", columns="label", values="value", sort=False
    )
    most = table.notna().sum()
    whole = table[[name for name in table if most[name] == most.max()]]
    return whole.dropna()


def diagram(frames: Frames, names: Sequence[str]) -> Parts:
    """A critical-difference diagram where there are two architectures on two tasks or more."""
    table = means(frames)
    lead = (
        "Rank 1 is the best on a task. A grey bar joins architectures that cannot be told apart by"
        " Wilcoxon's test over tasks with Holm's correction (Demsar, 2006; Benavoli et al., 2016)."
    )
    if table.shape[0] < 2 or table.shape[1] < 2:
        return "ranks", "Over all tasks", lead, [], []
    told = standing([str(name) for name in table], table.to_numpy(float))
    title = f"Mean rank over {told.tasks} tasks"
    alt = "; ".join(f"{name} {rank:.2f}" for name, rank in zip(told.names, told.ranks, strict=True))
    picture = Picture(title, f"Mean ranks: {alt}.", ranks(told, names), numbers(told))
    return "ranks", "Over all tasks", lead, [picture], []


def ranks(told: Standing, names: Sequence[str]) -> dict[str, Any]:
    """Points by mean rank, and bars below them."""
    rows = [
        {"architecture": name, "rank": float(rank)}
        for name, rank in zip(told.names, told.ranks, strict=True)
    ]
    order = list(told.names)
    x = {"field": "rank", "type": "quantitative", "title": "mean rank", "scale": {"zero": False}}
    y = {"field": "architecture", "type": "nominal", "scale": {"domain": order}, "title": None}
    y["axis"] = {"labelLimit": 170, "grid": True, "ticks": False}
    bars = [
        {"rank": float(told.ranks[i]), "first": order[i], "last": order[j]} for i, j in told.groups
    ]
    joined = {
        "data": {"values": bars},
        "mark": {"type": "rule", "strokeWidth": 6, "color": "#888888", "opacity": 0.5},
        "encoding": {
            "x": x,
            "y": {**y, "field": "first"},
            "y2": {"field": "last"},
        },
    }
    point = {
        "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
        "encoding": {
            "x": x,
            "y": y,
            "color": coloured(names),
            "shape": shaped(names),
            "tooltip": tips({"architecture": "architecture", "rank": "mean rank"}),
        },
    }
    layers = [joined, point] if bars else [point]
    return {**chart(rows, layers, names), "height": 26 * len(rows) + 10}


def numbers(told: Standing) -> Table:
    """Mean ranks and the p-values of each pair."""
    columns = ("", "mean rank", *(f"p against {name}" for name in told.names))
    rows = []
    for i, name in enumerate(told.names):
        cells = ["" if i == j else f"{told.alike[i, j]:.3g}" for j in range(len(told.names))]
        rows.append(Row((name, f"{told.ranks[i]:.2f}", *cells)))
    notes = []
    if np.isfinite(told.friedman):
        notes.append(f"Friedman's test of all being alike: p = {told.friedman:.3g}")
    if not told.decidable:
        notes.append(f"{told.tasks} tasks cannot tell any pair apart at 5 %: it takes {FEWEST}")
    return Table("Mean ranks, and p-values after Holm", columns, tuple(rows), tuple(notes))
