"""Many architectures on many tasks: ranks, and which of them can be told apart (Demsar, 2006).

Scores are (tasks, architectures), larger where better and without gaps; each task is one block.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

FEWEST = 6  # tasks, below which Wilcoxon's test cannot reach 0.05 (two-sided: 2 ** (1 - n))


def average_ranks(scores: np.ndarray) -> np.ndarray:
    """The mean rank of each over the tasks, (architectures,), 1 the best; ties share their mean."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(-scores, axis=1).mean(axis=0))


def friedman(scores: np.ndarray) -> float:
    """The p-value of all being alike (Friedman, 1937, with its correction for ties).

    Raises ValueError for fewer than three architectures or two tasks. 1 where all scores tie.
    """
    from scipy.stats import friedmanchisquare

    tasks, architectures = scores.shape
    if architectures < 3 or tasks < 2:
        raise ValueError(f"{architectures} architectures on {tasks} tasks; it takes 3 on 2")
    if (scores == scores[:, :1]).all():
        return 1.0
    return float(friedmanchisquare(*scores.T).pvalue)


def wilcoxon(one: np.ndarray, other: np.ndarray) -> float:
    """The two-sided p-value of two being alike over tasks (Wilcoxon, 1945), exact where it can be.

    Equal scores are shared between both sides (Pratt's zeros drop out); 1 where all are equal.
    """
    from scipy.stats import wilcoxon as signed_rank

    if np.array_equal(one, other):
        return 1.0
    difference = np.asarray(one, float) - np.asarray(other, float)
    given: Any = signed_rank(difference[difference != 0])
    return float(given.pvalue)


def holm(p: Sequence[float] | np.ndarray) -> np.ndarray:
    """P-values raised so that the chance of any false alarm stays below the level (Holm, 1979)."""
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    factors = len(p) - np.arange(len(p))
    raised = np.maximum.accumulate(np.minimum(1.0, p[order] * factors))
    found = np.empty_like(raised)
    found[order] = raised
    return found


@dataclass(frozen=True)
class Standing:
    """How architectures stand over many tasks, the best first.

    `ranks` are mean ranks; `alike` (n, n) holds Holm's p-values of each pair; `groups` the largest
    runs in the order of ranks within which no pair can be told apart, as first and last place;
    `tasks` how many they stand on. `friedman` is NaN for fewer than three.
    """

    names: tuple[str, ...]
    ranks: np.ndarray
    alike: np.ndarray
    groups: tuple[tuple[int, int], ...]
    friedman: float
    tasks: int

    @property
    def decidable(self) -> bool:
        """Whether there are tasks enough for any pair to be told apart at 0.05."""
        return self.tasks >= FEWEST


def standing(names: Sequence[str], scores: np.ndarray, level: float = 0.05) -> Standing:
    """Order by mean rank, every pair by Wilcoxon's test with Holm's correction.

    A critical-difference diagram is drawn from it (Demsar, 2006; Benavoli et al., 2016, for
    Wilcoxon in place of Nemenyi).
    """
    ranks = average_ranks(scores)
    order = np.argsort(ranks, kind="stable")
    sorted_scores = np.asarray(scores, float)[:, order]
    pairs = list(combinations(range(len(names)), 2))
    raised = holm([wilcoxon(sorted_scores[:, i], sorted_scores[:, j]) for i, j in pairs])
    alike = np.ones((len(names), len(names)))
    for (i, j), p in zip(pairs, raised, strict=True):
        alike[i, j] = alike[j, i] = p
    overall = friedman(scores) if len(names) >= 3 and len(scores) >= 2 else float("nan")
    found = tuple(names[i] for i in order)
    return Standing(found, ranks[order], alike, groups(alike > level), overall, len(scores))


def groups(alike: np.ndarray) -> tuple[tuple[int, int], ...]:
    """The largest runs (first, last) in which all pairs of a truth table (n, n) are alike."""
    runs: list[tuple[int, int]] = []
    for first in range(len(alike)):
        last = first
        while last + 1 < len(alike) and alike[first : last + 2, first : last + 2].all():
            last += 1
        if last > first and not (runs and runs[-1][1] >= last):
            runs.append((first, last))
    return tuple(runs)
