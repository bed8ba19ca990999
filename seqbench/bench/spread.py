"""How far a score might be off for the test examples that happened to be drawn."""

from collections.abc import Callable
from itertools import pairwise
from math import isclose

import numpy as np

BLOCKS = 100  # at most
DRAWS = 1000
Interval = tuple[float, float]


def over_blocks(
    count: int, value: float, part: Callable[[slice], tuple[float, tuple[float, ...]]]
) -> Interval | None:
    """The 95 % percentile bootstrap interval (Efron, 1979) of a mean over so many examples.

    Blocks of neighbours are drawn, as windows of one series, or pages of one book, are alike
    (Künsch, 1989). `part` gives the number of a block, and weights that it may have in the whole;
    the weights that make the blocks' mean the whole's number are the right ones. None where none
    are, so that the number is no mean, or where all blocks are alike.
    """
    edges = np.linspace(0, count, min(BLOCKS, count) + 1).astype(int).tolist()
    try:
        parts = [part(slice(first, last)) for first, last in pairwise(edges)]
    except Exception:  # a metric of somebody else's may want more examples than a block has
        return None
    numbers, weights = zip(*parts, strict=True)
    found = np.array(numbers)
    for weight in np.array(weights, float).T:
        counted = weight > 0  # of a block without a counted step there is no number
        some, share = found[counted], weight[counted]
        if not len(some) or not np.isfinite(some).all() or not np.ptp(some):
            continue  # all alike, as where nothing is right: how far it may be off is not seen
        if isclose(float(some @ share / share.sum()), value, rel_tol=1e-6, abs_tol=1e-12):
            rows = np.random.default_rng(0).integers(0, len(some), (DRAWS, len(some)))
            means = (some * share)[rows].sum(axis=1) / share[rows].sum(axis=1)
            low, high = np.quantile(means, (0.025, 0.975))
            return float(low), float(high)
    return None
