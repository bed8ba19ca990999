"""The temperature of the next hours, of a typical year at an airport."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Task, hookimpl
from seqbench.kits.archive import Member, Pin, read
from seqbench.kits.windows import Windows
from seqbench_plugins.tasks.series_task import SeriesTask

DAY = 24  # hours
COLUMNS = {
    "temperature": "Dry-bulb (C)",
    "dew_point": "Dew-point (C)",
    "pressure": "Pressure (mbar)",
    "wind": "Wspd (m/s)",
    "cloud": "TotCld (tenths)",
    "sun": "GHI (W/m^2)",
}
ABSENT = -9000.0  # and what is below was not measured

WHEEL = Pin(
    "pvlib==0.16.1",
    "pvlib-0.16.1-py3-none-any.whl",
    "4e61b5228a13f782413d7cf8cc48eb6e62e7bf55d155958fa9fd72420b63603d",
)
YEAR = Member(
    "weather",
    WHEEL,
    "pvlib/data/723170TYA.CSV",
    "a typical year, hour by hour, at Greensboro, North Carolina",
    "data of the US government (NREL), terms not stated in the wheel; wheel BSD-3-Clause",
)


@dataclass(frozen=True)
class Weather(SeriesTask):
    """Temperature in each of the next `horizon` hours, told at the end of `window` hours.

    Told as its departure from the last hour's, in units of the mean change over an hour of train,
    so that the mean absolute error is the MASE; with `quantiles`, at so many levels. Each hour of
    the window gives temperature, dew point, pressure, wind, cloud and sun, standardised by train,
    and the hour of the day as sine and cosine. The first 70 % of the hours (to mid-September) are
    train, the next 10 % valid, the last test, which is autumn alone; an example belongs where its
    target hours lie. A typical year is put together of months of different years. The seed draws
    nothing here: fewer examples are evenly spread.
    """

    name = "weather"
    source = (
        "Wilcox and Marion, Users manual for TMY3 data sets, 2008 (NREL); US government data, "
        "terms not stated in the wheel"
    )
    metrics: ClassVar[tuple[str, ...]] = ("mase", "mae", "crps")  # 0 °C means nothing to smape
    files = (YEAR,)
    step = "hours"
    shortest = DAY
    width = len(COLUMNS) + 2
    seasons: ClassVar[Mapping[str, int]] = {"yesterday": DAY}

    def windows(self) -> Windows:
        return ready(self.window, self.horizon, self.levels)


@cache
def ready(window: int, horizon: int, levels: tuple[float, ...]) -> Windows:
    """A year of columns, and the hour of the day."""
    values = year(read(YEAR), YEAR.path)
    angle = np.arange(len(values)) % DAY / DAY * 2 * np.pi
    whole = np.column_stack([values, np.sin(angle), np.cos(angle)])
    names = (*COLUMNS, "day_sin", "day_cos")
    return Windows("weather", whole, names, (0,), window, horizon, unit="°C", levels=levels)


def year(raw: bytes, where: str) -> np.ndarray:
    """The columns of a TMY3 file, (hours, 6): a line of the place, a header, a line an hour.

    What was not measured repeats the hour before (at the start, the first that was).
    """
    lines = raw.decode("utf-8-sig").splitlines()
    rows = list(csv.DictReader(io.StringIO("\n".join(lines[1:]))))
    try:
        values = np.array([[float(row[name]) for name in COLUMNS.values()] for row in rows])
    except (KeyError, TypeError, ValueError) as error:
        raise SeqbenchError(f"{where} is no TMY3 file: {error!r}") from error
    if values.size == 0 or (values <= ABSENT).all(axis=0).any():
        raise SeqbenchError(f"{where} is no TMY3 file: a column has no values")
    there = values > ABSENT
    last = np.where(there, np.arange(len(values))[:, None], there.argmax(axis=0))
    found: np.ndarray = np.take_along_axis(values, np.maximum.accumulate(last, axis=0), axis=0)
    return found


@hookimpl
def tasks() -> list[type[Task]]:
    return [Weather]
