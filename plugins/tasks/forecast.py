"""The traffic of the next hours, as a departure from last week's."""

import csv
import io
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from seqbench import (
    Model,
    Reals,
    Role,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    hookimpl,
)
from seqbench.kits.archive import Member, Pin, read
from seqbench.kits.linear import everywhere, window_ridge

WEEK = 168  # hours
PARTS: dict[Role, tuple[float, float]] = {"train": (0, 0.7), "valid": (0.7, 0.8), "test": (0.8, 1)}

CHANNELS = (  # of each hour; "ahead" is `horizon` hours later, of which last week is known
    *("vehicles", "departure", "ahead_last_week", "ahead_departure_last_week", "missing"),
    *("temp", "rain", "cloud", "day_sin", "day_cos", "week_sin", "week_cos"),
)

TRAFFIC = Member(
    "forecast",
    Pin(
        "autots==1.0.4",
        "autots-1.0.4-py3-none-any.whl",
        "aa19ca3b5f57aeddd1b8ae4ebf7f4bed3bc0b093ed56193fb461c7cb3910f716",
    ),
    "autots/datasets/data/traffic_hourly.zip",
    "17,520 hours of traffic and weather on Interstate 94, October 2016 to September 2018",
    "data CC BY 4.0 (UCI), wheel MIT",
)


@dataclass(frozen=True)
class Forecast(Task):
    """Vehicles in each of the next `horizon` hours, told at the end of `window` hours.

    A target is (vehicles - vehicles a week before) / scale, where scale is the mean of that
    difference's size over the training part: answering 0 repeats last week, and the mean
    absolute error is the MASE. Each hour of the window gives `CHANNELS`, standardised by train.

    By time the first 70 % of the hours are train, the next 10 % valid, the last 20 % test; an
    example belongs where its target hours lie, and may look back across the border. 104 of
    the 17,520 hours were not counted: as inputs they repeat last week (their weather the hour
    before), and no example with such a target hour is used. The seed draws nothing here: fewer
    examples are evenly spread.
    """

    name = "forecast"
    source = "Hogue, Metro Interstate Traffic Volume, 2019; UCI, doi 10.24432/C5X60B, CC BY 4.0"
    metrics = ("mase", "mae")
    sizes = Sizes(train=12_000, valid=600, test=4000)
    recipe: ClassVar = {"examples": 10_000, "evaluations": 8}
    files = (TRAFFIC,)
    window: int = 48  # hours seen
    horizon: int = 3  # hours to forecast, no more than the window

    def __post_init__(self) -> None:
        if not 1 <= self.window <= 1000:
            raise SeqbenchError(f"forecast.window is {self.window}; it takes 1 to 1000 hours")
        most = min(WEEK, self.window)
        if not 1 <= self.horizon <= most:
            raise SeqbenchError(
                f"forecast.horizon is {self.horizon}; with a window of {self.window} hours it "
                f"takes 1 to {most}"
            )

    def signature(self) -> Signature:
        answer = Reals(self.horizon, error="absolute")
        return Signature(Reals(len(CHANNELS)), answer, self.window, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        now = self.origins(role)  # (examples,) the last hour known
        now = now[np.linspace(0, len(now) - 1, min(n, len(now))).round().astype(np.int64)]
        back, ahead = np.arange(1 - self.window, 1), np.arange(1, self.horizon + 1)
        answers = departure()[now[:, None] + ahead]  # (N, horizon)
        return Split(
            channels(self.horizon)[now[:, None] + back],
            np.repeat(answers[:, None], self.window, axis=1),
            np.tile(back == 0, (len(now), 1)),
            scale=scale(),
            unit="vehicles/h",
            base=hours()["vehicles"][now[:, None, None] + ahead - WEEK] / scale(),
        )

    def origins(self, role: Role) -> np.ndarray:
        """Every hour after which the role's part has `horizon` counted hours."""
        start, end = (round(share * len(hours()["vehicles"])) for share in PARTS[role])
        first = max(start - 1, 2 * WEEK + self.window - 1)  # what lies before has no last week
        now = np.arange(first, end - self.horizon)
        targets = now[:, None] + np.arange(1, self.horizon + 1)
        return now[hours()["counted"][targets].all(axis=1)]

    def checksum(self) -> str:
        return TRAFFIC.pin.sha256

    def baselines(self):
        return {
            "last_week": lambda lesson: Model(self.last_week, 0),
            "last_value": lambda lesson: Model(self.last_value, 0),
            "ridge": window_ridge,
        }

    def last_week(self, inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """No departure."""
        return np.zeros((*inputs.shape[:2], self.horizon))

    def last_value(self, inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """The vehicles of the last hour go on, whatever each hour ahead had last week."""
        vehicles = inputs[:, -1:, CHANNELS.index("vehicles")]  # (N, 1)
        week_before = inputs[:, -self.horizon :, CHANNELS.index("ahead_last_week")]  # (N, horizon)
        answers = (vehicles - week_before) * spread() / scale()
        return everywhere(answers, inputs.shape[1])


@cache
def hours() -> dict[str, np.ndarray]:
    """Each column of the file, (17520,), its gaps filled; `counted` is false where one was."""
    inner = zipfile.ZipFile(io.BytesIO(read(TRAFFIC)))
    rows = list(csv.DictReader(io.TextIOWrapper(inner.open("traffic_hourly.zip"), "utf-8")))
    names = {"vehicles": "traffic_volume", "temp": "temp", "rain": "rain_1h", "cloud": "clouds_all"}
    found = {
        key: np.array([float(row[name] or "nan") for row in rows]) for key, name in names.items()
    }
    counted = ~np.isnan(found["vehicles"])
    for gap in np.flatnonzero(~counted):
        for key, series in found.items():
            series[gap] = series[gap - (WEEK if key == "vehicles" and gap >= WEEK else 1)]
    time = np.array([row["datetime"] for row in rows], "datetime64[h]")
    return found | {"counted": counted, "time": time.astype(np.int64)}


@cache
def departure() -> np.ndarray:
    """Vehicles less those a week before, in units of `scale()`; 0 in the first week. (17520,)"""
    vehicles = hours()["vehicles"]
    return np.concatenate([np.zeros(WEEK), vehicles[WEEK:] - vehicles[:-WEEK]]) / scale()


@cache
def scale() -> float:
    """Mean absolute error of repeating last week, over the counted hours of train."""
    vehicles, counted = hours()["vehicles"][training()], hours()["counted"][training()]
    both = counted[WEEK:] & counted[:-WEEK]
    return float(np.abs(vehicles[WEEK:] - vehicles[:-WEEK])[both].mean())


def spread() -> float:
    """Standard deviation of the vehicles over train."""
    return float(hours()["vehicles"][training()].std())


def training() -> slice:
    """The hours of train."""
    return slice(0, round(PARTS["train"][1] * len(hours()["vehicles"])))


@cache
def channels(horizon: int) -> np.ndarray:
    """What is known at each hour, (17520, 12), and named in CHANNELS."""
    data = hours()
    z = {key: standard(data[key]) for key in ("vehicles", "temp", "cloud")}
    day, week = (data["time"] % period / period * 2 * np.pi for period in (24, WEEK))
    made = {
        **z,
        "rain": np.log1p(data["rain"]),  # mm: none in most hours of train, so not standardised
        "departure": departure(),
        "ahead_last_week": np.roll(z["vehicles"], WEEK - horizon),
        "ahead_departure_last_week": np.roll(departure(), WEEK - horizon),
        "missing": ~data["counted"],
        "day_sin": np.sin(day),
        "day_cos": np.cos(day),
        "week_sin": np.sin(week),
        "week_cos": np.cos(week),
    }
    return np.column_stack([made[name] for name in CHANNELS]).astype(np.float32)


def standard(series: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1 over train."""
    return (series - series[training()].mean()) / series[training()].std()


@hookimpl
def tasks() -> list[type[Task]]:
    return [Forecast]
