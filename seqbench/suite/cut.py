"""How `--quick` and `--limit` cut trials short."""

from dataclasses import dataclass, fields, replace

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

    @classmethod
    def of(cls, quick: bool, limit: int | None) -> "Cut | None":
        """What the two options ask for, together; None where neither is given."""
        if limit is not None and limit < 1:
            raise SeqbenchError(f"a limit of {limit} leaves no examples; it takes 1 or more")
        if limit is None:
            return cls(QUICK, QUICK_EXAMPLES) if quick else None
        limited = cls(Sizes(limit, limit, limit), 10 * limit)
        return (
            cls(least(QUICK, limited.sizes), min(QUICK_EXAMPLES, 10 * limit)) if quick else limited
        )

    def short(self, trial: Trial) -> Trial:
        """The trial, cut and marked so."""
        train = dict(trial.train)
        if train:
            train["examples"] = min(train["examples"], self.examples)
        return replace(trial, sizes=least(trial.sizes, self.sizes), train=train, partial=True)


def least(one: Sizes, other: Sizes) -> Sizes:
    """The smaller of each size."""
    both = [(getattr(one, f.name), getattr(other, f.name)) for f in fields(Sizes)]
    return Sizes(*map(min, both))
