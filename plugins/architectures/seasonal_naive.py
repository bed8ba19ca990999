"""The forecast that repeats the last season."""

from dataclasses import dataclass

import numpy as np

from seqbench import (
    Architecture,
    Lesson,
    Model,
    Reals,
    SeqbenchError,
    Signature,
    Unsuited,
    Weight,
    hookimpl,
)


@dataclass(frozen=True, kw_only=True)
class SeasonalNaive(Architecture):
    """Each coming value is the one a season before it, read from one channel of the inputs.

    Where a task asks for departures from a naive forecast of its own, it answers that there is
    none. It learns nothing.
    """

    name = "seasonal_naive"
    source = "Hyndman and Athanasopoulos, Forecasting: principles and practice, 2021, 5.2"
    season: int = 1  # steps; 1 repeats the last value
    channel: int = 0  # of the inputs, which holds the values that are asked for

    def __post_init__(self) -> None:
        for setting, least in (("season", 1), ("channel", 0)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(
                    f"seasonal_naive.{setting} is {value}; it takes {least} or more"
                )

    def unsuited(self, io: Signature) -> str | None:
        if not (isinstance(io.inputs, Reals) and isinstance(io.outputs, Reals)):
            return "seasonal_naive takes series of numbers to numbers"
        if self.channel >= io.inputs.width:
            return f"seasonal_naive.channel is {self.channel}; this task has {io.inputs.width}"
        if self.season > io.length:
            return f"seasonal_naive.season is {self.season}; this task has {io.length} steps"
        return super().unsuited(io)

    def weigh(self, io: Signature, flops: bool = True) -> Weight:
        """It learns nothing, and computes nothing."""
        return Weight(0, 0, flops_per_step=0.0 if flops else None)

    def fit(self, lesson: Lesson) -> Model:
        """Remember what is asked for."""
        if not isinstance(lesson.io.outputs, Reals):
            raise Unsuited(str(self.unsuited(lesson.io)))
        each = max(1, len(lesson.io.outputs.levels))  # quantiles of one value stand side by side
        horizon = lesson.io.outputs.channels // each
        departs = lesson.train.base is not None

        def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
            many, steps = inputs.shape[:2]
            if departs:
                return np.zeros((many, steps, horizon * each))
            ahead = np.arange(horizon) % self.season  # (horizon,)
            back = np.arange(steps)[:, None] - self.season + 1 + ahead  # (T, horizon)
            values = inputs[:, np.maximum(back, 0), self.channel]  # (N, T, horizon)
            return np.repeat(values, each, axis=2)

        return Model(predict, 0)


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [SeasonalNaive]
