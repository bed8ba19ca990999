"""How much sugar is in a person's blood within the next half hour?"""

import csv
import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np

from seqbench import Model, Sizes, Task, hookimpl
from seqbench.kits.archive import Member, Pin, read
from seqbench.kits.windows import Windows
from seqbench_plugins.tasks.series_task import SeriesTask

SLOT, DAY = 300, 288  # seconds from one value to the next; slots
COLUMNS = ("glucose", "ahead_yesterday", "day_sin", "day_cos")
YESTERDAY = COLUMNS.index("ahead_yesterday")

VALUES = Member(
    "glucose",
    Pin(
        "bokeh-sampledata==2026.1",
        "bokeh_sampledata-2026.1-py3-none-any.whl",
        "f40331a40ca30c64a1c1471835aad9006b61b0d9731a3f649ee8cbbf48d3822f",
    ),
    "bokeh_sampledata/_data/CGM.csv.gz",
    "a person's blood glucose each five minutes, March to October 2010",
    "data in the public domain, as the wheel states; wheel BSD-3-Clause",
)


@dataclass(frozen=True)
class Glucose(SeriesTask):
    """Blood glucose at each of the next `horizon` times, five minutes apart.

    Told at the end of `window` values as the departure from the last one, in units of the mean
    change over five minutes of train: the mean absolute error is the MASE. With `quantiles`, at so
    many levels. Times are brought to slots of five minutes, of which one in ten has no value: as an
    input it repeats the one before and is marked, and no example with such a target is used. Each
    slot gives glucose, what it was a day before the time that is `horizon` later, and the time of
    day as sine and cosine. By time the first 70 % are train, the next 10 % valid, the last test.
    """

    name = "glucose"
    source = (
        "measurements by a continuous monitor, given to the public domain by their donor, as "
        "bokeh-sampledata 2026.1 carries them"
    )
    sizes = Sizes(train=8000, valid=800, test=3000)
    files = (VALUES,)
    step = "values"
    width = 2 * len(COLUMNS)  # each with a mark where it is missing

    def windows(self) -> Windows:
        return ready(self.window, self.horizon, self.levels)

    def baselines(self) -> Mapping[str, Any]:
        if self.horizon > self.window:  # then it cannot be read off
            return super().baselines()
        return {"yesterday": lambda lesson: yesterday(self.windows()), **super().baselines()}


def yesterday(windows: Windows) -> Model:
    """What was there a day before each time that is asked for."""
    mean, spread = (one[YESTERDAY] for one in windows.moments)

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        then = inputs[:, -windows.horizon :, [YESTERDAY]] * spread + mean
        return windows.answering(then, inputs)

    return Model(predict, 0)


@cache
def ready(window: int, horizon: int, levels: tuple[float, ...]) -> Windows:
    """All slots, NaN where nothing was measured."""
    values, first = slots(gzip.decompress(read(VALUES)).decode())
    before = np.full(len(values), np.nan)
    before[DAY - horizon :] = values[: len(values) + horizon - DAY]
    angle = (first + np.arange(len(values))) % DAY / DAY * 2 * np.pi
    whole = np.column_stack([values, before, np.sin(angle), np.cos(angle)])
    return Windows("glucose", whole, COLUMNS, (0,), window, horizon, unit="mg/dl", levels=levels)


def slots(text: str) -> tuple[np.ndarray, int]:
    """The values of each slot, and the number of the first since 1970; of two the later one."""
    rows = list(csv.DictReader(io.StringIO(text)))
    times = [datetime.fromisoformat(row["datetime"]).replace(tzinfo=UTC) for row in rows]
    at = np.array([int(time.timestamp()) // SLOT for time in times])
    values = np.full(at[-1] - at[0] + 1, np.nan)
    values[at - at[0]] = [float(row["glucose"]) for row in rows]
    return values, int(at[0])


@hookimpl
def tasks() -> list[type[Task]]:
    return [Glucose]
