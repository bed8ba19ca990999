"""Forecasts of one's own series: a CSV or Parquet file with a time and columns of numbers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from seqbench import Reals, Role, SeqbenchError, Signature, Sizes, Split, Task, hookimpl
from seqbench.kits.ahead import levels_of
from seqbench.kits.linear import window_ridge
from seqbench.kits.panel import Panel
from seqbench.kits.series import Table, read
from seqbench.kits.windows import Answer, Windows


@dataclass(frozen=True)
class SeriesFile(Task):
    """Each target in the next `horizon` rows, told at the end of a window of rows.

    Rows are in the order of `time`, and the first are train, then valid, and the rest test; an
    example belongs where its target rows lie, and may look back across the border, never ahead.
    Whatever time lies between two rows, they are one step. Inputs are all columns of numbers,
    standardised by train. An empty cell repeats the value before it, marked by a second number, and
    no example with an empty target is used. A target is told as its departure from the last value,
    or from the last season, or as its level; its unit is the mean size of the change over one step
    (where there is a season, over that) in train, so that the error is the MASE. With several
    targets, or several `series` below each other, each has its own unit, and mae is told in those;
    each series is cut by itself. With `quantiles` a target is asked for at so many levels. Fewer
    examples are evenly spread.
    """

    name = "series_file"
    source = "your own series, in `file`; its licence is its own"
    metrics = ("mase", "mae", "smape", "crps")
    sizes = Sizes(train=12_000, valid=1000, test=4000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10}
    file: str = ""  # .csv with a header, or .parquet
    time: str = "time"  # the column of dates (ISO 8601) or numbers, ascending
    target: str = ""  # columns to forecast, divided by commas
    inputs: str = ""  # columns shown beside the targets, by commas; none named: all but the time
    series: str = ""  # the column that names the series a row is of; none: all rows are one
    window: int = 48  # rows seen
    horizon: int = 1  # rows to forecast
    season: int = 0  # rows after which the series is like itself, no more than window; 0: none
    train_share: float = 0.7  # share of the rows, the first ones
    valid_share: float = 0.1  # share of the rows, the next ones
    answer: Answer = "departure"  # from the last value; `seasonal`: from the last season; `level`
    quantiles: int = 0  # of each value: 9 are 0.1 to 0.9; 0: one answer

    def __post_init__(self) -> None:
        for field, least, most in (
            ("window", 1, 10_000),
            ("horizon", 1, 1000),
            ("season", 0, self.window),
        ):
            if not least <= getattr(self, field) <= most:
                raise SeqbenchError(
                    f"series_file.{field} is {getattr(self, field)}; it takes {least} to {most} "
                    f"rows{' with this window' if field == 'season' else ''}"
                )
        levels_of("series_file.quantiles", self.quantiles)
        if self.answer == "seasonal" and not self.season:
            raise SeqbenchError("series_file.answer is seasonal; it takes a season above 0")
        shares = self.train_share, self.valid_share
        if not (min(shares) > 0 and sum(shares) < 1):
            raise SeqbenchError(
                f"series_file.train_share is {shares[0]} and valid_share {shares[1]}; they take "
                "shares above 0 that leave some for test"
            )

    def signature(self) -> Signature:
        windows, levels = self.windows(), levels_of("series_file.quantiles", self.quantiles)
        answer = Reals(windows.answers, error="absolute", levels=levels)
        return Signature(Reals(windows.width), answer, self.window, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        return self.windows().split(role, n)

    def windows(self) -> Windows | Panel:
        """The file's numbers, ready to be cut; read again where it has changed."""
        return ready(self, read("series_file.file", self.file))

    def columns(self, table: Table) -> tuple[list[str], list[str]]:
        """The targets, and all columns with them first; SeqbenchError where one is not there."""
        targets = named(self.target)
        numbers = [one for one in table.columns if one not in (self.time, self.series)]
        if not targets:
            raise SeqbenchError(
                f"series_file.target is not set; {table.where} has {', '.join(numbers)[:200]}"
            )
        for role, column in (("time", self.time), ("name of the series", self.series)):
            if column in (*targets, *named(self.inputs)):
                raise SeqbenchError(f"series_file: {column} is the {role}, and no target or input")
        return targets, list(dict.fromkeys([*targets, *(named(self.inputs) or numbers)]))

    def checksum(self) -> str:
        read("series_file.file", self.file)
        return hashlib.sha256(Path(self.file).expanduser().read_bytes()).hexdigest()

    def baselines(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {"last_value": lambda lesson: self.windows().repeating(1)}
        if self.season > 1:
            found["seasonal_naive"] = lambda lesson: self.windows().repeating(self.season)
        if self.quantiles:  # of the targets in train
            found["spread"] = super().baselines()["mean"]
        return {**found, "ridge": window_ridge}


def named(columns: str) -> list[str]:
    """The names in a setting, each once."""
    return list(dict.fromkeys(one.strip() for one in columns.split(",") if one.strip()))


@cache
def ready(task: SeriesFile, table: Table) -> Windows | Panel:
    """The table as numbers; its times have to ascend, and every target has to be there."""
    if not task.series:
        return cut(task, table, table.where)
    parts = table.parts(task.series)
    return Panel(tuple(cut(task, one, f"{table.where}, {name}") for name, one in parts.items()))


def cut(task: SeriesFile, table: Table, told: str) -> Windows:
    """One series; `told` is how the user knows it."""
    table.times(task.time)
    targets, columns = task.columns(table)
    return Windows(
        told,
        np.column_stack([table.values(name) for name in columns]),
        tuple(columns),
        tuple(range(len(targets))),
        task.window,
        task.horizon,
        task.season or 1,
        task.train_share,
        task.valid_share,
        task.answer,
        levels=levels_of("series_file.quantiles", task.quantiles),
    )


@hookimpl
def tasks() -> list[type[Task]]:
    return [SeriesFile]
