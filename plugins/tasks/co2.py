"""How much carbon dioxide will be in the air of Mauna Loa in the next weeks?"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import ClassVar

import numpy as np

from seqbench import Sizes, Task, hookimpl
from seqbench.kits.archive import Member, Pin, read
from seqbench.kits.windows import Windows
from seqbench_plugins.tasks.series_task import SeriesTask

YEAR = 52  # weeks
COLUMNS = ("co2", "since_a_week", "since_a_year", "year_sin", "year_cos")

WHEEL = Pin(  # of one platform, as nothing in it is run
    "statsmodels==0.15.0",
    "statsmodels-0.15.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
    "b67886b66d9c7ca118526accedb5c6de7ffd74c015dc0492ea0b1690192b65da",
)
WEEKS = Member(
    "co2",
    WHEEL,
    "statsmodels/datasets/co2/co2.csv",
    "carbon dioxide at Mauna Loa week by week, March 1958 to December 2001",
    "data in the public domain, as the wheel states; wheel BSD-3-Clause",
)


@dataclass(frozen=True)
class Co2(SeriesTask):
    """Carbon dioxide in the air (ppm by volume) in each of the next `horizon` weeks.

    Told at the end of `window` weeks as the departure from the last one, in units of the mean
    change over a week of train: the mean absolute error is the MASE. With `quantiles`, at so many
    levels. Each week gives the level, its change since a week and since a year ago, standardised by
    train, and the time of the year as sine and cosine; 59 weeks have no value: as an input each
    repeats the one before and is marked, and no example with such a target is used. The first 70 %
    of the weeks (to 1988) are train, the next 10 % valid, the last test, whose levels train never
    reached. The seed draws nothing here: fewer examples are evenly spread.
    """

    name = "co2"
    source = (
        "Keeling and Whorf, Atmospheric CO2 records from continuous air samples at Mauna Loa, "
        "2004 (Carbon Dioxide Information Analysis Center), public domain, in statsmodels 0.15.0"
    )
    sizes = Sizes(train=1400, valid=220, test=450)
    files = (WEEKS,)
    step = "weeks"
    width = 2 * len(COLUMNS)  # each with a mark where it is missing
    seasons: ClassVar[Mapping[str, int]] = {"last_year": YEAR}
    window: int = 104  # weeks seen
    horizon: int = 13  # weeks to forecast

    def windows(self) -> Windows:
        return ready(self.window, self.horizon, self.levels)


@cache
def ready(window: int, horizon: int, levels: tuple[float, ...]) -> Windows:
    """All weeks, NaN where there is no value."""
    level, day = weeks(read(WEEKS).decode())
    angle = day / 365.25 * 2 * np.pi
    whole = np.column_stack(
        [level, since(level, 1), since(level, YEAR), np.sin(angle), np.cos(angle)]
    )
    return Windows("co2", whole, COLUMNS, (0,), window, horizon, unit="ppm", levels=levels)


def weeks(text: str) -> tuple[np.ndarray, np.ndarray]:
    """The level of each week, (weeks,), and its day since 1970."""
    rows = list(csv.DictReader(io.StringIO(text)))
    level = np.array([float(row["co2"] or "nan") for row in rows])
    times = [datetime.strptime(row["date"], "%Y%m%d").replace(tzinfo=UTC) for row in rows]
    return level, np.array([time.timestamp() for time in times]) / 86_400


def since(level: np.ndarray, back: int) -> np.ndarray:
    """The change of a level over so many steps, NaN at the start."""
    return np.concatenate([np.full(back, np.nan), level[back:] - level[:-back]])


@hookimpl
def tasks() -> list[type[Task]]:
    return [Co2]
