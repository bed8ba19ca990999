"""What forecasts of one real series have in common: windows cut by time, and what is asked."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from seqbench import Reals, Role, SeqbenchError, Signature, Sizes, Split, Task
from seqbench.kits.ahead import levels_of
from seqbench.kits.linear import window_ridge
from seqbench.kits.windows import Windows


@dataclass(frozen=True)
class SeriesTask(Task):
    """Each of the next `horizon` values, told at the end of `window` values.

    A target is (value - the last one seen) / scale, where scale is the mean size of the change over
    one step of train: answering 0 repeats the last value, and the mean absolute error is the MASE.
    With `quantiles` each is asked for at so many levels, evenly spread, and scored by CRPS. Columns
    are standardised by train. By time the first 70 % are train, the next 10 % valid, the last test;
    an example belongs where its targets lie. The seed draws nothing here: fewer examples are evenly
    spread.
    """

    metrics: ClassVar[tuple[str, ...]] = ("mase", "mae", "smape", "crps")
    sizes = Sizes(train=6000, valid=800, test=1700)
    recipe: ClassVar[Mapping[str, Any]] = {"examples": 12_000, "evaluations": 10}
    step: ClassVar[str] = "steps"  # what one is called
    shortest: ClassVar[int] = 1  # window
    width: ClassVar[int]  # numbers at each step
    seasons: ClassVar[Mapping[str, int]] = {}  # by baseline, the steps after which values repeat
    window: int = 48  # values seen
    horizon: int = 6  # values to forecast
    quantiles: int = 0  # of each value: 9 are 0.1 to 0.9; 0: one answer

    def __post_init__(self) -> None:
        for setting, least, most in (("window", self.shortest, 1000), ("horizon", 1, 100)):
            if not least <= (value := getattr(self, setting)) <= most:
                raise SeqbenchError(
                    f"{self.name}.{setting} is {value}; it takes {least} to {most} {self.step}"
                )
        levels_of(f"{self.name}.quantiles", self.quantiles)

    @abstractmethod
    def windows(self) -> Windows:
        """The series, ready to be cut."""

    @property
    def levels(self) -> tuple[float, ...]:
        """Of the quantiles."""
        return levels_of(f"{self.name}.quantiles", self.quantiles)

    def signature(self) -> Signature:
        numbers = self.horizon * max(1, self.quantiles)
        answer = Reals(numbers, error="absolute", levels=self.levels)
        return Signature(Reals(self.width), answer, self.window, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        return self.windows().split(role, n)

    def checksum(self) -> str:
        sha256: str = self.files[0].pin.sha256
        return sha256

    def baselines(self) -> Mapping[str, Any]:
        """The file is opened when they are fitted."""
        repeating = {"last_value": 1} | dict(self.seasons)
        found: dict[str, Any] = {
            name: lambda lesson, season=season: self.windows().repeating(season)
            for name, season in repeating.items()
            if season <= self.window
        }
        if self.quantiles:  # of the departures in train
            found["spread"] = super().baselines()["mean"]
        return {**found, "ridge": window_ridge}
