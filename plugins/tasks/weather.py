"""The temperature of the next hours, of a typical year at an airport."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from seqbench import Reals, Role, SeqbenchError, Signature, Sizes, Split, Task, hookimpl
from seqbench.kits.archive import Member, Pin, read
from seqbench.kits.linear import window_ridge
from seqbench.kits.windows import Windows

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
class Weather(Task):
    """Temperature in each of the next `horizon` hours, told at the end of `window` hours.

    A target is (temperature - the last one seen) / scale, where scale is the mean size of the
    change over one hour of train: answering 0 repeats the last value, and the mean absolute error
    is the MASE. Each hour of the window gives temperature, dew point, pressure, wind, cloud and
    sun, standardised by train, and the hour of the day as sine and cosine. The first 70 % of the
    hours (to mid-September) are train, the next 10 % valid, the last test, which is autumn alone;
    an example belongs where its target hours lie. A typical year is put together of months of
    different years. The seed draws nothing here: fewer examples are evenly spread.
    """

    name = "weather"
    source = (
        "Wilcox and Marion, Users manual for TMY3 data sets, 2008 (NREL); US government data, "
        "terms not stated in the wheel"
    )
    metrics = ("mase", "mae")
    sizes = Sizes(train=6000, valid=800, test=1700)
    recipe: ClassVar = {"examples": 12_000, "evaluations": 10}
    files = (YEAR,)
    window: int = 48  # hours seen
    horizon: int = 6  # hours to forecast

    def __post_init__(self) -> None:
        if not DAY <= self.window <= 500:
            raise SeqbenchError(f"weather.window is {self.window}; it takes 24 to 500 hours")
        if not 1 <= self.horizon <= 100:
            raise SeqbenchError(f"weather.horizon is {self.horizon}; it takes 1 to 100 hours")

    def signature(self) -> Signature:
        answer = Reals(self.horizon, error="absolute")
        return Signature(Reals(len(COLUMNS) + 2), answer, self.window, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        return self.windows().split(role, n)

    def windows(self) -> Windows:
        """The year, ready to be cut."""
        return ready(self.window, self.horizon)

    def checksum(self) -> str:
        return WHEEL.sha256

    def baselines(self) -> Mapping[str, Any]:
        return {  # the file is opened when they are fitted
            "last_value": lambda lesson: self.windows().repeating(1),
            "yesterday": lambda lesson: self.windows().repeating(DAY),
            "ridge": window_ridge,
        }


@cache
def ready(window: int, horizon: int) -> Windows:
    """A year of columns, and the hour of the day."""
    values = year(read(YEAR), YEAR.path)
    angle = np.arange(len(values)) % DAY / DAY * 2 * np.pi
    whole = np.column_stack([values, np.sin(angle), np.cos(angle)])
    names = (*COLUMNS, "day_sin", "day_cos")
    return Windows("weather", whole, names, (0,), window, horizon, unit="°C")


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
