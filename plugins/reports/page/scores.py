"""The leaderboard of each task, what searches chose, and what has no score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqbench import Frames
from seqbench.kits.frames import labelled
from seqbench.kits.statistics import bootstrap
from seqbench.kits.table import Table
from seqbench_plugins.reports.page.picture import (
    Picture,
    behind,
    chart,
    coloured,
    shaped,
    tips,
)
from seqbench_plugins.reports.search import SearchReport
from seqbench_plugins.reports.table import TableReport

if TYPE_CHECKING:
    import pandas as pd

Parts = tuple[str, str, str, list[Picture], list[Table]]
FIELDS = {
    "architecture": "",
    "mean": "mean",
    "low": "from",
    "high": "to",
    "seeds": "seeds",
    "chance": "chance",
}


def mean(sample: np.ndarray) -> np.ndarray:
    """Of (draws, n)."""
    return np.asarray(sample.mean(axis=-1))


def ranked(frames: Frames) -> pd.DataFrame:
    """Test scores by the metric that each task is ranked by, as trained, a row a trial.

    Columns: those of measurements, with `task_label` and `label`.
    """
    numbers = frames.measurements
    numbers = numbers[numbers.split == "test"]
    at = [column for column in numbers if str(column).startswith("at.")]
    plain = numbers[numbers[at].isna().all(axis=1)] if at else numbers
    first = plain.drop_duplicates("id")
    trials = labelled(frames.trials)[["id", "task_label", "label", "baseline"]]
    models = set(trials.label[~trials.baseline.astype(bool)])
    twice = trials.baseline.astype(bool) & trials.label.isin(models)
    named = trials.label.where(~twice, trials.label.astype(str) + " (baseline)")
    return first.merge(trials.assign(label=named)[["id", "task_label", "label"]], on="id")


def summaries(here: pd.DataFrame) -> list[dict[str, Any]]:
    """Of one task: each architecture and baseline with its mean and 95 % interval, best first."""
    rows = []
    for (name, baseline), mine in here.groupby(["label", "baseline"], sort=False):
        values = mine.value.to_numpy(float)
        found = bootstrap([values], mean, np.random.default_rng(0))
        one = mine.iloc[0]
        low, high = (found.low, found.high) if found.known else (one.low, one.high)
        if np.isnan(low):
            low = high = found.value
        chance = mine.chance.dropna()
        rows.append(
            {
                "architecture": str(name),
                "baseline": bool(baseline),
                "mean": found.value,
                "low": low,
                "high": high,
                "seeds": len(values),
                "chance": float(chance.iloc[0]) if len(chance) else None,
            }
        )
    lower = (here.better == "lower").any()
    return sorted(rows, key=lambda row: row["mean"] if lower else -row["mean"])


def heading(here: pd.DataFrame) -> str:
    """The metric, its unit and which way is better."""
    row = here.iloc[0]
    unit = f" [{row.unit}]" if row.unit else ""
    return f"{row['name']}{unit}, {'less' if row.better == 'lower' else 'more'} is better"


def leaderboard(frames: Frames, names: Sequence[str]) -> Parts:
    """A picture a task."""
    pictures = []
    scores = ranked(frames)
    for task, here in scores.groupby("task_label", sort=False):
        rows = summaries(here)
        title = f"{task}: {heading(here)}"
        best = next((row for row in rows if not row["baseline"]), None)
        alt = f"Means over seeds with 95 % intervals; {len(rows)} rows."
        if best:
            alt += f" The best mean is {best['architecture']}'s, {best['mean']:.4g}."
        table = behind(title, rows, FIELDS)
        pictures.append(Picture(title, alt, dots(rows, names, heading(here)), table, str(task)))
    lead = (
        "Mean over seeds; a bar is the 95 % bootstrap interval over seeds, which of two or three"
        " seeds is too narrow, or, of one seed, over test examples. Grey: trivial answers that a"
        " model has to beat. Dashed: a guess."
    )
    tables = list(TableReport().tables(frames)) if pictures else []
    tables = [table for table in tables if table.title != "Without a score"]
    return "scores", "Scores by task", lead, pictures, tables


def dots(rows: list[dict[str, Any]], names: Sequence[str], title: str) -> dict[str, Any]:
    """A row an architecture: a point and its interval."""
    order = [row["architecture"] for row in rows]
    y = {"field": "architecture", "type": "nominal", "sort": order, "title": None}
    y["axis"] = {"labelLimit": 170, "grid": True, "ticks": False}
    x = {"field": "mean", "type": "quantitative", "title": title, "scale": {"zero": False}}
    grey = {"condition": {"test": "datum.baseline", "value": "#888888"}}
    colour = {**coloured(names), **grey}
    span = {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": colour}
    hover = tips(
        {"architecture": "architecture", "mean": "mean", "low": "from", "high": "to"}
        | {"seeds": "seeds"}
    )
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.6}, "encoding": span},
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"y": y, "x": x, "color": colour, "shape": shaped(names), "tooltip": hover},
        },
    ]
    if rows and rows[0]["chance"] is not None:
        guess = {"data": {"values": [{"at": rows[0]["chance"]}]}}
        line = {"type": "rule", "strokeDash": [3, 3], "color": "#888888"}
        layers.append({**guess, "mark": line, "encoding": {"x": {**x, "field": "at"}}})
    return {**chart(rows, layers, names), "height": 24 * len(rows) + 10}


def searches(frames: Frames, names: Sequence[str]) -> Parts:
    """What was searched."""
    lead = "Settings were chosen on valid alone; test scores play no part."
    searched = "study.settings" in frames.trials
    tables = list(SearchReport().tables(frames)) if searched else []
    return "search", "Searches", lead, [], tables


def missing(frames: Frames, names: Sequence[str]) -> Parts:
    """Trials without a score."""
    lacking = [t for t in TableReport().tables(frames) if t.title == "Without a score"]
    lead = "What failed, diverged, leaked or was skipped, with its reason."
    return "missing", "Without a score", lead, [], lacking
