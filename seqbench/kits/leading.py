"""Who leads, and whether that can be told."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from typing import TYPE_CHECKING

from seqbench.kits.paired import Paired, paired

if TYPE_CHECKING:
    import pandas as pd


def compared(here: pd.DataFrame, one: str, other: str) -> Paired | None:
    """Two labels on one metric of one task, seed by seed, above 0 where the one is better.

    `here` has columns label, seed, value and better. None where they share no seed.
    """
    sign = -1.0 if (here.better == "lower").any() else 1.0
    sides = [here[here.label == label].groupby("seed").value.mean() for label in (one, other)]
    both = sides[0].index.intersection(sides[1].index)
    if not len(both):
        return None
    mine, theirs = (sign * side.loc[both].to_numpy(float) for side in sides)
    return paired(mine, theirs)


def leader(here: pd.DataFrame) -> str | None:
    """The label with the best mean, where it is told apart from every other one; or None.

    `here` is as for `compared`, without baselines. A single label leads nobody.
    """
    means = here.groupby("label", sort=False).value.mean()
    if len(means) < 2:
        return None
    best = str(means.idxmin() if (here.better == "lower").any() else means.idxmax())
    others = [str(label) for label in means.index if label != best]
    found = [compared(here, best, other) for other in others]
    return best if all(pair is not None and pair.told_apart() for pair in found) else None
