"""Intervals for numbers over few seeds."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Statistic = Callable[..., np.ndarray]  # of arrays (draws, seeds) each: (draws,)


class Estimate(NamedTuple):
    """A number and the ends of its interval, which are NaN where there is none."""

    value: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether it has an interval."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


def bootstrap(
    samples: list[np.ndarray],
    statistic: Statistic,
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """A statistic of one sample or more, with its percentile bootstrap interval.

    Each sample (n,) is drawn anew by itself. (Efron, Bootstrap methods, 1979.) There is no
    interval where a sample has fewer than two numbers. Of few numbers it is too narrow: a median
    lies between the least and the largest of n with a probability of 1 - 2 ** (1 - n) only, 75 %
    of three and 94 % of five. Raises ValueError for an empty sample.
    """
    if not all(len(sample) for sample in samples):
        raise ValueError("an empty sample has no statistic")
    value = float(statistic(*(np.asarray(sample, float)[None] for sample in samples))[0])
    if min(map(len, samples)) < 2:
        return Estimate(value, np.nan, np.nan)
    drawn = [
        np.asarray(sample, float)[rng.integers(0, len(sample), (draws, len(sample)))]
        for sample in samples
    ]  # (draws, n) each
    low, high = np.quantile(statistic(*drawn), [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high))


def median(sample: np.ndarray) -> np.ndarray:
    """Of (draws, n): (draws,)."""
    return np.asarray(np.median(sample, axis=-1))


def ratio(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """The ratio of two medians."""
    return np.asarray(median(over) / median(under))


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The difference of two medians."""
    return np.asarray(median(one) - median(other))


def verdict(found: Estimate, bar: float) -> str:
    """Whether a claim that it is above the bar is supported: by its whole interval, or not."""
    if not found.known:
        return "cannot tell"
    if found.low > bar:
        return "supported"
    return "not supported" if found.high <= bar else "cannot tell"
