"""Forecasts on standard sets from the Hugging Face hub, or on a folder laid out like one."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar

import numpy as np

from seqbench import Missing, Reals, Role, SeqbenchError, Signature, Sizes, Split, Task, hookimpl
from seqbench.kits.ahead import levels_of
from seqbench.kits.hub import Source, columns
from seqbench.kits.linear import window_ridge
from seqbench.kits.panel import Panel
from seqbench.kits.series import Table
from seqbench.kits.windows import Windows
from seqbench_plugins.tasks.presets import SERIES, asked
from seqbench_plugins.tasks.series_file import named

ROLES: tuple[Role, ...] = ("train", "valid", "test")


@dataclass(frozen=True)
class HfSeries(Task):
    """Each target in the next `horizon` steps, told at the end of a window of steps.

    `path` is a name on the hub or a folder in its layout, and a `preset` (etth1, etth2, ettm1,
    ettm2; monash with a `config` such as monash_tourism_monthly) stands for what is usual; what is
    set beside it counts. A row is a step, with all columns of numbers as inputs, cut by time as in
    `series_file` (ETT: 12, 4 and 4 months); or a row is a series, whose targets are lists: then
    the last `horizon` values of each are test and as many before them valid, as in the Monash
    archive, and a series too short for the window or without change in train is left out. Errors
    are in units of the mean change over one step (with a season, over that) of train, each series
    by itself: the MASE, no error of standardised values as other papers on ETT have it.
    """

    name = "hf_series"
    source = (
        "Zhou et al., Informer, 2021 (ETT); Godahewa et al., Monash archive, 2021; own licences"
    )
    metrics = ("mase", "mae", "smape", "crps")
    sizes = Sizes(train=12_000, valid=1000, test=4000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10}
    preset: str = ""
    path: str = ""
    config: str = ""
    data_dir: str = ""  # the folder within it that is read; none: all
    revision: str = ""  # of the repository on the hub: a commit, so that data stay the same
    split_name: str = "train"  # that all is read from, and then cut
    time: str = ""  # the column of dates or numbers, ascending; none: the rows are in order
    target: str = ""  # columns to forecast, divided by commas; of lists one
    window: int = 48  # steps seen
    horizon: int = 12  # steps to forecast
    season: int = 0  # steps after which a series is like itself, no more than window; 0: none
    rows: int = 0  # that are used, the first ones; 0: all
    train_share: float = 0.7  # of the rows, the first ones
    valid_share: float = 0.1  # of the rows, the next ones
    quantiles: int = 0  # of each value: 9 are 0.1 to 0.9; 0: one answer

    def __post_init__(self) -> None:
        if self.preset and self.preset not in SERIES:
            raise SeqbenchError(
                f"hf_series.preset is {self.preset!r}; there are {', '.join(SERIES)}"
            )
        for field, least, most in (
            ("window", 1, 10_000),
            ("horizon", 1, 1000),
            ("season", 0, self.window),
        ):
            if not least <= getattr(self, field) <= most:
                raise SeqbenchError(
                    f"hf_series.{field} is {getattr(self, field)}; it takes {least} to {most} "
                    f"steps{' with this window' if field == 'season' else ''}"
                )
        levels_of("hf_series.quantiles", self.quantiles)
        shares = self.train_share, self.valid_share
        if not (min(shares) > 0 and sum(shares) < 1) or self.rows < 0:
            raise SeqbenchError(
                "hf_series takes a train_share and valid_share above 0 that leave some for test, "
                "and rows from 0 on"
            )

    def asked(self, setting: str) -> Any:
        """A setting, or what the preset says of it."""
        return asked(self, SERIES, setting)

    def data(self) -> Source:
        """Where all stands; Missing where that is not said."""
        if not self.asked("path"):
            raise Missing("hf_series.path is not set; it takes a name on the hub, or a folder")
        if self.preset == "monash" and not self.config:
            raise Missing(
                "hf_series.config is not set; with the preset monash it takes a set's name, such "
                "as monash_tourism_monthly"
            )
        given = map(self.asked, ("path", "config", "data_dir", "revision", "split_name"))
        return Source(*given)

    def signature(self) -> Signature:
        windows, levels = self.windows(), levels_of("hf_series.quantiles", self.quantiles)
        answer = Reals(windows.answers, error="absolute", levels=levels)
        return Signature(Reals(windows.width), answer, self.window, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        return self.windows().split(role, n)

    def windows(self) -> Windows | Panel:
        """The numbers, ready to be cut."""
        return ready(self)

    def checksum(self) -> str:
        told = hashlib.sha256()
        for name, cells in sorted(columns(self.data()).items()):
            told.update(f"{name} {cells!r}".encode())
        return told.hexdigest()

    def baselines(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {"last_value": lambda lesson: self.windows().repeating(1)}
        if self.season > 1:
            found["seasonal_naive"] = lambda lesson: self.windows().repeating(self.season)
        if self.quantiles:  # of the targets in train
            found["spread"] = super().baselines()["mean"]
        return {**found, "ridge": window_ridge}


@cache
def ready(task: HfSeries) -> Windows | Panel:
    """A table of steps, or of series."""
    source = task.data()
    table = Table(f"hf_series: {source}", columns(source))
    targets = named(task.asked("target"))
    if not targets:
        raise SeqbenchError(
            f"hf_series.target is not set; {source} has {', '.join(table.columns)[:200]}"
        )
    first = table.column(targets[0])
    if not first:
        raise SeqbenchError(f"{table.where} has no rows")
    return (
        of_series(task, table, targets)
        if isinstance(first[0], list)
        else of_steps(task, table, targets)
    )


def of_steps(task: HfSeries, table: Table, targets: list[str]) -> Windows:
    """A row a step."""
    time, most = task.asked("time"), task.asked("rows") or None
    if time:
        table.times(time)
    kinds = {name: cells[0] for name, cells in table.columns.items() if name != time}
    numbers = [name for name, cell in kinds.items() if not isinstance(cell, str | list)]
    names = list(dict.fromkeys([*targets, *numbers]))
    values = np.column_stack([table.values(name) for name in names])[:most]
    shares = task.asked("train_share"), task.asked("valid_share")
    plain = Windows(
        *(table.where, values, tuple(names), tuple(range(len(targets)))),
        *(task.window, task.horizon, task.season or 1, *shares),
    )
    return replace(plain, levels=levels_of("hf_series.quantiles", task.quantiles))


def of_series(task: HfSeries, table: Table, targets: list[str]) -> Panel:
    """A row a series; those that cannot serve are left out."""
    if len(targets) > 1:
        raise SeqbenchError(f"hf_series.target names {len(targets)} columns of lists; it takes one")
    found, slip = [], None
    for row, cells in enumerate(table.column(targets[0]), 1):
        told = f"{table.where}, row {row}"
        one = Table(told, {targets[0]: cells})
        cut = len(cells) - 2 * task.horizon, len(cells) - task.horizon
        windows = Windows(
            *(told, one.values(targets[0])[:, None], (targets[0],), (0,)),
            *(task.window, task.horizon, task.season or 1),
            levels=levels_of("hf_series.quantiles", task.quantiles),
            cut=cut,
        )
        if (lack := lacking(windows)) is None:
            found.append(windows)
        slip = slip or lack
    if not found:
        raise slip or SeqbenchError(f"{table.where} has no rows")
    return Panel(tuple(found))


def lacking(windows: Windows) -> SeqbenchError | None:
    """Why a series cannot serve, if it cannot."""
    try:
        _ = windows.scale, [windows.origins(role) for role in ROLES]
    except SeqbenchError as error:
        return error
    return None


@hookimpl
def tasks() -> list[type[Task]]:
    return [HfSeries]
