"""Few seeds on several tasks in one number, with its interval.

After Agarwal et al., Deep reinforcement learning at the edge of the statistical precipice (2021).
Scores are one array (seeds,) for each task, on a scale that means the same on each: recall, where
0 is a guess and 1 is no error. Seeds are drawn anew within each task.
"""

from collections.abc import Callable, Sequence

import numpy as np

from seqbench.kits.statistics import Estimate

Scores = Sequence[np.ndarray]  # (seeds,) of each task


def interquartile_mean(values: np.ndarray) -> np.ndarray:
    """The mean of the middle half of (..., n): robust as a median, and less wasteful.

    A quarter of the weight is cut off at each end, of a value in part where that falls within it.
    """
    ordered = np.sort(np.asarray(values, float), axis=-1)
    n = ordered.shape[-1]
    edges = np.arange(n + 1)
    weight = np.clip(np.minimum(edges[1:], 0.75 * n) - np.maximum(edges[:-1], 0.25 * n), 0, None)
    return np.asarray((ordered * weight).sum(-1) / weight.sum())


def aggregate(
    scores: Scores,
    rng: np.random.Generator,
    statistic: Callable[[np.ndarray], np.ndarray] = interquartile_mean,
    draws: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """A statistic of all tasks' seeds together, with its stratified bootstrap interval.

    No interval where no task has two seeds. Raises ValueError where a task has none.
    """
    arrays = [np.asarray(task, float) for task in scores]
    if not arrays or not all(map(len, arrays)):
        raise ValueError("a task without a score has no aggregate")
    value = float(statistic(np.concatenate(arrays)))
    if max(map(len, arrays)) < 2:
        return Estimate(value, np.nan, np.nan)
    drawn = np.concatenate([redrawn(task, rng, draws) for task in arrays], axis=1)
    low, high = np.quantile(statistic(drawn), [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high))


def redrawn(task: np.ndarray, rng: np.random.Generator, draws: int) -> np.ndarray:
    """A task's seeds (n,) drawn with replacement, (draws, n)."""
    return task[rng.integers(0, len(task), (draws, len(task)))]


def profile(scores: Scores, thresholds: np.ndarray) -> np.ndarray:
    """The share of runs above each threshold, (thresholds,); every task weighs the same."""
    shares = [(np.asarray(task, float)[:, None] > thresholds).mean(axis=0) for task in scores]
    return np.asarray(np.mean(shares, axis=0))


def improvement(one: Scores, other: Scores) -> float:
    """The chance that a run of one beats a run of the other on a task drawn at random.

    A tie counts half (Mann and Whitney, 1947). 0.5 where neither is better.
    """
    chances = []
    for mine, theirs in zip(one, other, strict=True):
        gap = np.asarray(mine, float)[:, None] - np.asarray(theirs, float)
        chances.append(((gap > 0) + 0.5 * (gap == 0)).mean())
    return float(np.mean(chances))
