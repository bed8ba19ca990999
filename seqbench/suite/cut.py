"""How `--quick` and `--limit` cut trials short."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import reduce

from seqbench.contract.data import Sizes
from seqbench.contract.errors import SeqbenchError
from seqbench.contract.trial import Trial

QUICK = Sizes(train=256, valid=64, test=64)
QUICK_EXAMPLES = 640


@dataclass(frozen=True)
class Cut:
    """The most a trial may have of each size, and of examples to train on."""

    sizes: Sizes
    examples: int

    def short(self, trial: Trial) -> Trial:
        """The trial, cut and marked so."""
        train = dict(trial.train)
        if train:
            train["examples"] = min(train["examples"], self.examples)
        return replace(trial, sizes=least(trial.sizes, self.sizes), train=train, partial=True)


def cutting(quick: bool, limit: int | None) -> Callable[[Trial], Trial]:
    """What the two options do to a trial."""
    if limit is not None and limit < 1:
        raise SeqbenchError(f"a limit of {limit} leaves no examples; it takes 1 or more")
    found = [Cut(QUICK, QUICK_EXAMPLES)] if quick else []
    found += [Cut(Sizes(limit, limit, limit), 10 * limit)] if limit else []
    return lambda trial: reduce(lambda cut, one: one.short(cut), found, trial)


def least(one: Sizes, other: Sizes) -> Sizes:
    """The smaller of each size."""
    both = [(getattr(one, f.name), getattr(other, f.name)) for f in fields(Sizes)]
    return Sizes(*map(min, both))
