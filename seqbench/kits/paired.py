"""Two architectures on the same seeds of one task."""

from dataclasses import dataclass

import numpy as np

from seqbench.kits.statistics import Estimate, bootstrap, median


@dataclass(frozen=True)
class Paired:
    """One minus the other, seed by seed; larger is better for the one.

    `difference` is the median over seeds with its bootstrap interval; `p` the two-sided p-value of
    the exact sign-flip test on the mean (Fisher, 1935): no seed's difference says which was which.
    Of n seeds it can come down to 2 ** (1 - n) only.
    """

    difference: Estimate
    p: float
    seeds: int

    def told_apart(self, level: float = 0.05) -> bool:
        """Whether the interval leaves out zero and the test agrees as far as n seeds let it."""
        least = 2.0 ** (1 - self.seeds)
        apart = self.difference.known and (self.difference.low > 0 or self.difference.high < 0)
        return bool(apart and self.p <= max(level, least))


def paired(one: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> Paired:
    """Compare scores (seeds,) with the same seeds in the same places, larger where better.

    Raises ValueError where there is none.
    """
    gaps = np.asarray(one, float) - np.asarray(other, float)
    return Paired(bootstrap([gaps], median, rng), sign_flip(gaps, rng), len(gaps))


def sign_flip(gaps: np.ndarray, rng: np.random.Generator, draws: int = 2**14) -> float:
    """The share of all sign patterns whose mean is as far from zero; of some for over 14 gaps."""
    n = len(gaps)
    if n <= 14:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        signs = rng.choice((-1, 1), (draws, n))
        signs[0] = 1  # what was found is one of them, so that no p is 0
    sums = np.abs(signs @ gaps)
    return float((sums >= np.abs(gaps.sum()) * (1 - 1e-12)).mean())
