"""How a cost grows with the length: intervals of medians, laws with an overhead, crossings."""

from collections.abc import Sequence
from fractions import Fraction
from math import comb
from typing import NamedTuple

import numpy as np

from seqbench.kits.statistics import Estimate

STEEPEST = 4.0  # exponent that is looked for
DRAWS = 1000  # of a bootstrap


def interval(sample: np.ndarray, level: float = 0.95) -> Estimate:
    """The median of a sample (n,) between two of its own numbers that hold it at the level.

    Whatever the distribution: the median lies between the k-th least and the k-th largest unless
    fewer than k of n fall on one side of it. Fewer than 6 numbers have no such pair at 95 %.
    """
    ordered = np.sort(np.asarray(sample, float))
    many, middle = len(ordered), float(np.median(ordered))
    outside, k = 0.0, 0
    while k < many // 2 and (outside := outside + 2 * comb(many, k) / 2**many) <= 1 - level:
        k += 1
    if k == 0:
        return Estimate(middle, np.nan, np.nan)
    return Estimate(middle, float(ordered[k - 1]), float(ordered[many - k]))


class Laws(NamedTuple):
    """Costs overhead + factor * length ** exponent, (draws,) each; `off` is the worst misfit.

    It is relative: 0.1 where a cost is 10 % beside the law.
    """

    overhead: np.ndarray
    factor: np.ndarray
    exponent: np.ndarray
    off: np.ndarray


def laws(lengths: Sequence[int], costs: np.ndarray) -> Laws:
    """The laws, with no negative part, whose relative errors are least in their squares.

    Costs are (draws, lengths), above 0. Without its overhead a linear cost of 1 ms and 10 µs a
    step would seem to grow as T^0.5. Given an exponent the rest is solved for, so that only the
    exponent is searched, over all of 0 to 4: there is no local optimum to end in.
    """
    steps = np.asarray(lengths, float) / max(lengths)
    weights = 1 / np.asarray(costs, float)
    step = 0.01
    tried = np.broadcast_to(np.arange(0, STEEPEST + step / 2, step), (len(weights), 401))
    while True:
        found = parts(steps, weights, tried)
        best = np.take_along_axis(tried, found[2].argmin(1)[:, None], 1)  # (draws, 1)
        if step < 1e-6:
            break
        tried = np.clip(best + np.linspace(-step, step, 21), 0, STEEPEST)
        step /= 10
    overhead, factor, _ = parts(steps, weights, best)
    curves = overhead + factor * steps**best  # (draws, lengths)
    off = abs(curves * weights - 1).max(1)
    return Laws(overhead[:, 0], (factor * max(lengths) ** -best)[:, 0], best[:, 0], off)


def parts(
    steps: np.ndarray, weights: np.ndarray, exponents: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Overhead, factor and the squared relative error left, for exponents (draws, tried).

    Least squares of overhead * w + factor * w * steps ** k = 1, with both at least 0: where the
    optimum of the two is not, it is on one of the edges.
    """
    powers = steps ** exponents[..., None]  # (draws, tried, lengths)
    square = weights[:, None] ** 2
    aa, a = (weights**2).sum(1)[:, None], weights.sum(1)[:, None]
    ab, bb = (square * powers).sum(2), (square * powers**2).sum(2)
    b = (weights[:, None] * powers).sum(2)
    room = aa * bb - ab**2
    free = room > 1e-12 * aa * bb
    room = np.where(free, room, 1.0)
    both = ((a * bb - b * ab) / room, (b * aa - a * ab) / room)
    inside = free & (both[0] >= 0) & (both[1] >= 0)
    gains = np.stack(np.broadcast_arrays(a**2 / aa, b**2 / bb))  # of the edges
    flat = gains[0] >= gains[1]
    overhead = np.where(inside, both[0], np.where(flat, a / aa, 0.0))
    factor = np.where(inside, both[1], np.where(flat, 0.0, b / bb))
    curves = overhead[..., None] + factor[..., None] * powers
    return overhead, factor, ((curves * weights[:, None] - 1) ** 2).sum(2)


def redrawn(
    samples: Sequence[np.ndarray], rng: np.random.Generator, draws: int = DRAWS
) -> np.ndarray:
    """Medians (draws, lengths) of samples drawn anew, each (n,) by itself. (Efron, 1979.)"""
    columns = []
    for sample in samples:
        rows = rng.integers(0, len(sample), (draws, len(sample)))
        columns.append(np.median(np.asarray(sample, float)[rows], axis=1))
    return np.stack(columns, 1)


def crossings(lengths: Sequence[int], one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """From which length on `one` costs more than `other`, both (draws, lengths): (draws,).

    Between two lengths both are straight in logarithms. -inf where it costs more at all of them,
    inf where it does not at the longest.
    """
    steps = np.log(np.asarray(lengths, float))
    ahead = np.log(other) - np.log(one)  # above 0 where `one` is cheaper
    cheaper = ahead >= 0
    last = len(steps) - 1 - cheaper[:, ::-1].argmax(1)
    after = np.minimum(last + 1, len(steps) - 1)
    rows = np.arange(len(ahead))
    here, there = ahead[rows, last], ahead[rows, after]
    share = here / np.where(here > there, here - there, 1.0)
    found = np.exp(steps[last] + share * (steps[after] - steps[last]))
    found = np.where(cheaper.any(1), found, -np.inf)
    return np.where(cheaper[:, -1], np.inf, found)


def spread(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """The percentile interval of bootstrapped values, some of which may be infinite."""
    ends = [(1 - level) / 2, (1 + level) / 2]
    return (
        float(np.quantile(values, ends[0], method="lower")),
        float(np.quantile(values, ends[1], method="higher")),
    )


def polynomial(lengths: Sequence[int], counts: Sequence[int]) -> tuple[Fraction, ...] | None:
    """c0, c1 and c2 of c0 + c1 T + c2 T², where that is what the counts are, to the last digit.

    None where it is not, or where fewer than four lengths leave nothing to check it by.
    """
    if len(lengths) < 4:
        return None
    (s, t, u), (x, y, z) = lengths[:3], (Fraction(count) for count in counts[:3])
    first, second = (y - x) / (t - s), (z - y) / (u - t)
    c2 = (second - first) / (u - s)
    c1 = first - c2 * (s + t)
    c0 = x - c1 * s - c2 * s * s
    exact = all(c0 + c1 * n + c2 * n * n == count for n, count in zip(lengths, counts, strict=True))
    return (c0, c1, c2) if exact else None


def meets(one: Sequence[Fraction], other: Sequence[Fraction], near: float) -> float:
    """Where two polynomials of the second degree are equal: the place nearest to another."""
    c0, c1, c2 = (float(mine - theirs) for mine, theirs in zip(one, other, strict=True))
    roots = np.roots([c2, c1, c0])
    real = roots[abs(roots.imag) < 1e-9].real
    return float(min(real, key=lambda root: abs(root - near), default=near))
