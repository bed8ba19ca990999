"""How many spots will the sun have in the next months?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from seqbench import Sizes, Task, hookimpl
from seqbench.kits.archive import Member, read
from seqbench.kits.windows import Windows
from seqbench_plugins.tasks.co2 import WHEEL
from seqbench_plugins.tasks.series_task import SeriesTask

CYCLE = 132  # months: eleven years, about

MONTHS = Member(
    "sunspots",
    WHEEL,
    "statsmodels/datasets/sunspots/src/sunspots_monthly.dat",
    "the sunspot number of each month, January 1749 to June 2009",
    "data in the public domain, as the wheel states; wheel BSD-3-Clause",
)


@dataclass(frozen=True)
class Sunspots(SeriesTask):
    """The mean sunspot number of each of the next `horizon` months.

    Told at the end of `window` months as the departure from the last one, in units of the mean
    change over a month of train: the mean absolute error is the MASE. With `quantiles`, at so many
    levels. The first 70 % of the months (to 1931) are train, the next 10 % (to 1957) valid, the
    last test; an example belongs where its target months lie. The cycle of about eleven years is
    told by nothing but the values. The seed draws nothing here: fewer examples are evenly spread.
    """

    name = "sunspots"
    source = (
        "the international sunspot number as the US National Geophysical Data Center gave it, "
        "public domain, in statsmodels 0.15.0; the series of Yule, 1927, by months"
    )
    sizes = Sizes(train=2100, valid=300, test=600)
    files = (MONTHS,)
    step = "months"
    width = 1
    seasons: ClassVar[Mapping[str, int]] = {"last_cycle": CYCLE}
    window: int = 144  # months seen
    horizon: int = 12  # months to forecast

    def windows(self) -> Windows:
        return ready(self.window, self.horizon, self.levels)


@cache
def ready(window: int, horizon: int, levels: tuple[float, ...]) -> Windows:
    """All months."""
    values = months(read(MONTHS).decode("latin-1"))[:, None]
    names = ("sunspots",)
    return Windows("sunspots", values, names, (0,), window, horizon, unit="spots", levels=levels)


def months(text: str) -> np.ndarray:
    """The numbers of all months, (months,): a line a year, which starts with its number."""
    lines = [line.split()[1:] for line in text.splitlines() if re.match(r"\d{4}\s", line)]
    return np.array([float(number) for line in lines for number in line])


@hookimpl
def tasks() -> list[type[Task]]:
    return [Sunspots]
