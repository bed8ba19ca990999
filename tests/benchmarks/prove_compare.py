"""How far `seqbench compare` can be trusted: python tests/benchmarks/prove_compare.py FOLDER.

Of a results folder with several seeds, each cell's noise over seeds is taken as it is: two sides
are drawn from the same seeds' values (with replacement, and jitter of a tenth of their spread, so
that no two digits are the same by chance). None of them may be called worse. Then three points are
taken from every score between 0 and 1 of the current side, and the cells whose noise lets five
seeds tell that at all are counted. Prints both shares; exit 1 where they are not as promised:
at most 2 % of the comparisons alarm, and 80 % of the drops are found.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from seqbench.compare import opened
from seqbench.compare.cells import Cell, cells
from seqbench.compare.comparison import LEVEL
from seqbench.compare.judging import judged
from seqbench.compare.matching import matched

SEEDS = 5
QUIET = 0.01  # standard deviation over seeds up to which three points are three times the noise


def scores(folder: Path) -> list[Cell]:
    """The scores of a folder that have a noise to draw from."""
    records = opened(str(folder)).records
    found = [cell for question in matched(records, records) for cell in cells(question)]
    return [one for one in found if one.kind == "score" and len(one.baseline) >= 3]


def drawn(cell: Cell, rng: np.random.Generator, drop: float = 0.0) -> Cell:
    """The cell with two sides of the same noise, the current one worse by `drop`."""
    values = np.array(list(cell.baseline.values()))
    sides = rng.choice(values, (2, SEEDS)) + rng.normal(0, 0.1 * values.std() + 1e-9, (2, SEEDS))
    sides[1] -= drop if cell.better == "higher" else -drop
    one, other = (dict(enumerate(map(float, side))) for side in sides)
    return replace(cell, baseline=one, current=other)


def comparisons(
    some: list[Cell], count: int, rng: np.random.Generator, drop: float = 0.0
) -> Iterator[list[str]]:
    """The verdicts of so many comparisons of all cells."""
    for _ in range(count):
        yield [one.verdict for one in judged([drawn(c, rng, drop) for c in some], {}, LEVEL)]


def main() -> None:
    """Both shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=400)
    given = parser.parse_args()
    rng, every = np.random.default_rng(0), scores(given.folder)
    noise = [np.std(list(cell.baseline.values()), ddof=1) for cell in every]
    alarms = sum("regression" in told for told in comparisons(every, given.count, rng))
    print(f"equal code: {alarms} of {given.count} comparisons of {len(every)} cells alarm")
    quiet = [
        cell
        for cell, sd in zip(every, noise, strict=True)
        if sd <= QUIET and cell.better == "higher" and max(cell.baseline.values()) <= 1
    ]
    found = [told.count("regression") for told in comparisons(quiet, given.count, rng, 0.03)]
    share = sum(found) / (given.count * max(1, len(quiet)))
    print(
        f"three points less: {share:.0%} found, of {len(quiet)} cells with a standard deviation of"
        f" at most {QUIET:g}, all compared together; in"
        f" {np.mean([n > 0 for n in found]):.0%} of comparisons at least one"
    )
    sys.exit(alarms > 0.02 * given.count or share < 0.8)


if __name__ == "__main__":
    main()
