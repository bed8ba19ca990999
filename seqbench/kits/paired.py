"""Two architectures on the same seeds of one task."""

from dataclasses import dataclass

import numpy as np

from seqbench.kits.statistics import Estimate


@dataclass(frozen=True)
class Paired:
    """One minus the other, seed by seed; above 0 where the one is better.

    `difference` is the mean over seeds with Student's 95 % interval (1908), which few seeds make
    wide; `median` the median; `p` the two-sided p-value of there being no difference.
    """

    difference: Estimate
    median: float
    p: float
    seeds: int

    def told_apart(self, level: float = 0.05) -> bool:
        """Whether they differ: by the test, and the median to the same side as the mean.

        Memory tasks are solved on some seeds and not on others: one of them may make a mean.
        """
        return bool(self.p < level and self.median * self.difference.value > 0)


def paired(one: np.ndarray, other: np.ndarray) -> Paired:
    """Compare scores (seeds,) with the same seeds in the same places, larger where better.

    Of one seed there is no interval, and p is 1. Raises ValueError where there is none.
    """
    gaps = np.asarray(one, float) - np.asarray(other, float)
    if not len(gaps):
        raise ValueError("no seed is shared")
    middle, mean = float(np.median(gaps)), float(gaps.mean())
    if len(gaps) < 2:
        return Paired(Estimate(mean, np.nan, np.nan), middle, 1.0, 1)
    from scipy import stats

    error = float(gaps.std(ddof=1)) / np.sqrt(len(gaps))
    reach = float(stats.t.ppf(0.975, len(gaps) - 1)) * error
    if error == 0:
        p = float(mean == 0)
    else:
        p = 2 * float(stats.t.sf(abs(mean) / error, len(gaps) - 1))
    return Paired(Estimate(mean, mean - reach, mean + reach), middle, p, len(gaps))
