"""Better, worse, the same, or not to be told: for numbers over few seeds.

Worse is said where three things hold: a t-test on the seeds' paired differences (Student, 1908;
Welch's, 1947, where the seeds are others) after Holm's correction (1979) over all scores compared;
the *median* difference is beyond a margin of practical importance, as memory tasks are solved on
some seeds and not on others, and a mean then tells of one seed; and at least two seeds. The same
is said where both one-sided tests put the difference within the margin (Schuirmann, 1987), or where
no digit differs. All else cannot be told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from seqbench.compare.cells import Cell
from seqbench.kits.ranks import holm

Verdict = Literal["regression", "improvement", "ok", "inconclusive", "not judged"]
SAME = 0.05  # level of saying that a score is the same
MARGIN = 0.01  # of scores between 0 and 1; of others, this share of the baseline's median


@dataclass(frozen=True)
class Judged:
    """A cell with what was found: `change` is the median difference, above 0 where better.

    `p` is two-sided, after Holm's correction; `solved` the share of seeds above half of what lies
    between chance and perfect, on both sides, where chance is known.
    """

    cell: Cell
    verdict: Verdict
    change: float = 0.0
    margin: float = 0.0
    p: float = 1.0
    seeds: int = 0
    solved: tuple[float, float] | None = None


def judged(cells: Sequence[Cell], margins: Mapping[str, float], level: float) -> list[Judged]:
    """Every cell that both sides have; scores are corrected for their number together."""
    scores = [cell for cell in cells if cell.kind == "score"]
    found = [differences(cell) for cell in scores]
    raised = holm([two_sided(*gaps) for gaps in found]) if found else np.array([])
    by_id = {
        id(cell): scored(cell, gaps, margin_of(cell, margins), float(p), level)
        for cell, gaps, p in zip(scores, found, raised, strict=True)
    }
    return [by_id[id(cell)] if cell.kind == "score" else plain(cell) for cell in cells]


Gaps = tuple[np.ndarray, np.ndarray | None]  # differences by seed; or two samples


def differences(cell: Cell) -> Gaps:
    """Current minus baseline by seed, above 0 where better; or (current, baseline) as samples."""
    sign = 1.0 if cell.better == "higher" else -1.0
    both = sorted(cell.baseline.keys() & cell.current.keys())
    if both:
        return sign * np.array([cell.current[s] - cell.baseline[s] for s in both]), None
    sides = (cell.current, cell.baseline)
    one, other = (sign * np.array([side[s] for s in sorted(side)]) for side in sides)
    return one, other


def t_test(gaps: Gaps, shift: float) -> tuple[float, float]:
    """One-sided p-values that the mean difference is above `shift`, and below; 1, 1 of one seed."""
    from scipy import stats

    one, other = gaps
    if len(one) < 2 or (other is not None and len(other) < 2):
        return 1.0, 1.0
    if other is None:
        spread, middle = float(one.std(ddof=1)), float(one.mean())
    else:
        spread = float(np.hypot(one.std(ddof=1), other.std(ddof=1)))
        middle = float(one.mean() - other.mean())
    if spread == 0:
        return float(middle <= shift), float(middle >= shift)
    if other is None:
        statistic = (middle - shift) / (spread / np.sqrt(len(one)))
        freedom = float(len(one) - 1)
    else:
        shares = one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)
        statistic = (middle - shift) / np.sqrt(sum(shares))
        parts = shares[0] ** 2 / (len(one) - 1) + shares[1] ** 2 / (len(other) - 1)
        freedom = float(sum(shares) ** 2 / parts)
    return float(stats.t.sf(statistic, freedom)), float(stats.t.cdf(statistic, freedom))


def two_sided(one: np.ndarray, other: np.ndarray | None) -> float:
    """Of there being no difference."""
    return min(1.0, 2 * min(t_test((one, other), 0.0)))


def middle(gaps: Gaps) -> float:
    """The median difference, or the difference of medians."""
    one, other = gaps
    return float(np.median(one) - (0.0 if other is None else np.median(other)))


def scored(cell: Cell, gaps: Gaps, margin: float, p: float, level: float) -> Judged:
    """The verdict on a score."""
    change = middle(gaps)
    told = (change, margin, p, len(gaps[0]), solved(cell))
    if gaps[1] is None and not gaps[0].any():
        return Judged(cell, "ok", *told)
    if p < level and abs(change) > margin:
        return Judged(cell, "improvement" if change > 0 else "regression", *told)
    within = max(t_test(gaps, -margin)[0], t_test(gaps, margin)[1])
    same = within < SAME and abs(change) <= margin
    return Judged(cell, "ok" if same else "inconclusive", *told)


def plain(cell: Cell) -> Judged:
    """A cost is compared to the digit; a time, of two stored runs, is not judged."""
    both = sorted(cell.baseline.keys() & cell.current.keys())
    pairs = [(cell.baseline[s], cell.current[s]) for s in both]
    if not pairs:  # other seeds: a cost is the same on all of them
        pairs = [(min(cell.baseline.values()), min(cell.current.values()))]
    change = float(np.median([then - now for then, now in pairs]))
    if cell.kind == "time":
        return Judged(cell, "not judged", change, seeds=len(pairs))
    if all(then == now for then, now in pairs):
        return Judged(cell, "ok", seeds=len(pairs))
    worse = any(now > then for then, now in pairs)
    return Judged(cell, "regression" if worse else "improvement", change, seeds=len(pairs))


def margin_of(cell: Cell, margins: Mapping[str, float]) -> float:
    """What does not matter: as it was set, or MARGIN, of the baseline's median for open scales."""
    if cell.name in margins:
        return margins[cell.name]
    values = [*cell.baseline.values(), *cell.current.values()]
    if cell.better == "higher" and all(0 <= value <= 1 for value in values):
        return MARGIN
    return MARGIN * abs(float(np.median(list(cell.baseline.values()))))


def solved(cell: Cell) -> tuple[float, float] | None:
    """The share of seeds past half of the way from chance to perfect, baseline and current."""
    if cell.chance is None:
        return None
    if cell.better == "higher":
        half = (cell.chance + 1) / 2
        shares = [np.mean([v >= half for v in s.values()]) for s in (cell.baseline, cell.current)]
    else:
        half = cell.chance / 2
        shares = [np.mean([v <= half for v in s.values()]) for s in (cell.baseline, cell.current)]
    return float(shares[0]), float(shares[1])
