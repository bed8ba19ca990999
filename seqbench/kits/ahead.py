"""Forecasts: what is naive, answers as departures from it, and the baselines they have to beat."""

from collections.abc import Callable

import numpy as np

from seqbench.contract.architecture import Lesson, Model
from seqbench.contract.data import Split
from seqbench.contract.errors import SeqbenchError

MOST_QUANTILES = 99


def naive(known: np.ndarray, horizon: int, season: int = 1) -> np.ndarray:
    """The last `season` values, again and again: (N, T, series) -> (N, horizon, series).

    With a season of 1 the last value goes on.
    """
    steps = known.shape[1] - season + np.arange(horizon) % season
    return known[:, steps]


def naive_error(series: np.ndarray, season: int = 1) -> np.ndarray:
    """Mean size of the change over a season, the unit of the MASE: (..., T, series) -> (series,).

    Changes from or to a NaN do not count; a series that has no other gives NaN.
    """
    change = np.abs(series[..., season:, :] - series[..., :-season, :])
    change = change.reshape(-1, series.shape[-1])
    counted = ~np.isnan(change)
    with np.errstate(invalid="ignore"):
        error: np.ndarray = np.where(counted, change, 0).sum(axis=0) / counted.sum(axis=0)
    return error


def levels_of(setting: str, quantiles: int) -> tuple[float, ...]:
    """So many levels, evenly spread: of 9 they are 0.1 to 0.9; none of 0, a single answer.

    An odd number has the median among them. `setting` is how the user knows it.
    """
    if quantiles and not (3 <= quantiles <= MOST_QUANTILES and quantiles % 2):
        raise SeqbenchError(
            f"{setting} is {quantiles}; it takes an odd number from 3 to {MOST_QUANTILES}, or 0 "
            "for a single answer"
        )
    return tuple((place + 1) / (quantiles + 1) for place in range(quantiles))


def told_at_the_end(
    inputs: np.ndarray,
    answers: np.ndarray,
    scale: float = 1.0,
    unit: str = "",
    base: np.ndarray | None = None,
    levels: tuple[float, ...] = (),
) -> Split:
    """Examples with inputs (N, T, width) whose one answer, (N, K), counts at the last step.

    `base` (N, K) is what the answers depart from. With levels each answer is asked for at all of
    them.
    """
    many, steps = inputs.shape[:2]
    mask = np.zeros((many, steps), bool)
    mask[:, -1] = True
    each = max(1, len(levels))
    told = np.repeat(answers, each, axis=1).astype(np.float32)[:, None]
    targets = np.broadcast_to(told, (many, steps, told.shape[2]))  # one answer, kept once
    base = None if base is None else np.repeat(base, each, axis=1)[:, None]  # (N, 1, K levels)
    return Split(inputs, targets, mask, None, scale, unit, base, levels)


def no_departure(width: int) -> Callable[[Lesson], Model]:
    """A baseline where answers are departures from a naive forecast: that forecast itself."""

    def zeros(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        return np.zeros((*inputs.shape[:2], width))

    return lambda lesson: Model(zeros, 0)
