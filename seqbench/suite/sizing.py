"""Equal budgets: each architecture's size solved for, so that all weigh the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from seqbench.catalogue import Catalogue, choice_of
from seqbench.catalogue.settings import fields
from seqbench.contract.architecture import Architecture
from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.contract.signature import Signature
from seqbench.contract.trial import Choice
from seqbench.suite.suite import Budget

NEAR = 0.05  # of the budget: how far the nearest size may be from it
LARGEST = 2**20  # size
REACH = 512  # sizes looked at on either side of one that cannot be built


class Sized(NamedTuple):
    """A size, and what the architecture weighs at it."""

    size: int
    weight: float


class Unknown(Exception):
    """What is asked of an architecture is known only once it is fitted."""


class Sizing:
    """Gives architectures the size that meets a budget.

    It is solved for once for each signature and all settings but those that weigh nothing.
    """

    def __init__(self, catalogue: Catalogue, budget: Budget) -> None:
        self.catalogue, self.budget = catalogue, budget
        self.known: dict[tuple[str, Signature], int | None] = {}
        self.objection = ""  # of an architecture, the last time one could not be built
        self.last: dict[str, int] = {}  # where to begin: the next signature's is rarely far off

    def sized(self, choice: Choice, io: Signature, task: str) -> Choice:
        """The architecture at its size for a task of this signature and name.

        It stays as it is where it does not suit the task, or where its weight is known only once
        it is fitted. Raises SeqbenchError where no size comes near enough.
        """
        weightless = self.catalogue.get("architectures", choice.name).weightless
        heavy = {key: value for key, value in choice.settings.items() if key not in weightless}
        key = (replace(choice, settings=heavy).label, io)
        if key not in self.known:
            self.known[key] = self.solved(choice, io, task)
        size = self.known[key]
        return choice if size is None else choice_of(self.make(choice, size))

    def solved(self, choice: Choice, io: Signature, task: str) -> int | None:
        """The size, or None where the architecture stays as it is."""
        start = self.make(choice)
        if start.unsuited(io) is not None:
            return None
        begin = self.last.get(choice.label) or int(getattr(start, start.size, 1))
        try:
            low, high = around(
                lambda size: self.weight(choice, size, io), self.budget.amount, begin
            )
        except Unknown:
            return None
        found = [sized for sized in (low, high) if sized]
        near = min(found, key=lambda it: abs(it.weight - self.budget.amount), default=None)
        if not near or abs(near.weight - self.budget.amount) > NEAR * self.budget.amount:
            raise SeqbenchError(self.refusal(start, task, found))
        self.last[choice.label] = near.size
        return near.size

    def make(self, choice: Choice, size: int | None = None) -> Architecture:
        """The architecture, of its own size or another."""
        cls = self.catalogue.get("architectures", choice.name)
        given = {} if size is None else {cls.size: size}
        made: Architecture = self.catalogue.make(
            "architectures", choice.name, {**choice.settings, **given}
        )
        return made

    def weight(self, choice: Choice, size: int, io: Signature) -> float | None:
        """What is budgeted, at a size, or None where it cannot be built."""
        cls = self.catalogue.get("architectures", choice.name)
        has_size = cls.size in [field.name for field in fields(cls)]
        parameters = self.budget.kind == "parameters"
        try:
            whole = self.make(choice, size if has_size else None).weigh(io, flops=not parameters)
        except Missing as lack:
            raise Unknown from lack
        except (SeqbenchError, ValueError, AssertionError) as error:  # torch asserts divisibility
            self.objection = " ".join(str(error).split())
            return None
        except Exception as error:
            slip = f"the architecture {choice.name} fails in weigh(): {type(error).__name__}"
            raise SeqbenchError(f"{slip}: {' '.join(str(error).split())}") from error
        if whole is None:
            raise Unknown
        found = whole.parameters if parameters else whole.flops_per_step
        if found is None:
            raise Unknown
        if not has_size:
            slip = f"{choice.name} cannot be sized: it has no setting {cls.size!r}"
            raise SeqbenchError(f"{self.budget.place}: {slip}, which its class declares as `size`")
        return found

    def refusal(self, architecture: Architecture, task: str, found: list[Sized]) -> str:
        """That no size comes near enough, and what the nearest would weigh."""
        name, unit = f"{architecture.name} on {task}", Budget.KINDS[self.budget.kind]
        sizes = [f"{architecture.size} {it.size} has {it.weight:,.0f}" for it in found]
        text = " and ".join(sizes) or f"it cannot be built: {self.objection}"
        asked = f"{name} cannot have {self.budget.amount:,} {unit} within {NEAR:.0%}"
        return f"{self.budget.place}: {asked}: {text}"


def around(
    weigh: Callable[[int], float | None], amount: float, start: int
) -> tuple[Sized | None, Sized | None]:
    """The largest size of at most so much weight and the smallest of more, by bisection.

    Heavier with every size is what it takes for granted. From `start` on it strides further and
    further until it has one on each side. Sizes that weigh None are passed over.
    """
    low, high = Sized(0, 0.0), Sized(LARGEST + 1, float("inf"))
    pick, stride = start, 1
    while found := nearest_built(weigh, pick, low.size, high.size):
        if found.weight <= amount:
            low = found
        else:
            high = found
        if low.size == 0 or high.size > LARGEST:
            pick = found.size + (stride if found is low else -stride)
            stride *= 2
        else:
            pick = (low.size + high.size) // 2
    return low if low.size else None, high if high.size <= LARGEST else None


def nearest_built(
    weigh: Callable[[int], float | None], pick: int, low: int, high: int
) -> Sized | None:
    """The size nearest to `pick`, between two others, that can be built."""
    pick = min(max(pick, low + 1), high - 1)
    for off in range(min(REACH, high - low)):
        for size in sorted({pick - off, pick + off}):
            if low < size < high and (weight := weigh(size)) is not None:
                return Sized(size, weight)
    return None
