"""What probes measured, as reports start from it."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Collection
from typing import TYPE_CHECKING

from seqbench.contract.report import Frames
from seqbench.kits.frames import labelled
from seqbench.kits.table import Row, Table

if TYPE_CHECKING:
    import pandas as pd


def probed(frames: Frames, names: Collection[str]) -> pd.DataFrame:
    """Probes' numbers of these names, with `task_label`, `label` and `costs.parameters` (or NaN).

    One row per trial, name and coordinate, in the order of the records.
    """
    numbers = frames.measurements
    found = numbers[(numbers.split == "probe") & numbers.name.isin(names)]
    trials = labelled(frames.trials)
    if "costs.parameters" not in trials:
        trials = trials.assign(**{"costs.parameters": float("nan")})
    told = trials[["id", "task_label", "label", "costs.parameters"]]
    at = [column for column in found if str(column).startswith("at.")]
    once = found.drop_duplicates(["id", "name", *at])  # two settings of a probe may share places
    return once.merge(told, on="id")


def not_measured(frames: Frames, probe: str) -> tuple[Table, ...]:
    """One table of what a probe was skipped for and why, or none where it was not skipped.

    Reasons are read from the trials' column `probed.<probe>`, empty where it measured.
    """
    trials, column = labelled(frames.trials), f"probed.{probe}"
    if column not in trials:
        return ()
    lacking = trials[trials[column].notna()][["task_label", "label", column]].drop_duplicates()
    rows = tuple(Row(tuple(map(str, cells))) for cells in lacking.itertuples(index=False))
    columns = ("task", "architecture", "reason")
    return (Table("Not measured", columns, rows, text=True),) if rows else ()
