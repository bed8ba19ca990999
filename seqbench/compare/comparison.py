"""The whole of a comparison, and what it comes to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqbench.compare.cells import DONE, Lost, cells, lost
from seqbench.compare.judging import Judged, Verdict, judged
from seqbench.compare.matching import matched
from seqbench.compare.side import Record, Side
from seqbench.contract.errors import SeqbenchError

LEVEL = 0.03  # of any false alarm; 1 to 2 % in fact, see benchmarks/prove_compare
GROUPS = {"flops": ("flops_per_step",), "costs": ("parameters", "flops_per_step", "peak_bytes")}
MACHINE = ("processor", "machine", "threads", "torch")


@dataclass(frozen=True)
class Comparison:
    """Every number that the baseline has, judged; and what could not be compared.

    `expected` counts the baseline's cells, judged or lost. `fresh` counts questions that the
    baseline never asked. `counting` are the names whose regressions count; all where empty.
    """

    baseline: str
    current: str
    cells: tuple[Judged, ...]
    lost: tuple[Lost, ...]
    expected: int
    fresh: int = 0
    notes: tuple[str, ...] = ()
    counting: frozenset[str] = frozenset()

    @property
    def judged(self) -> list[Judged]:
        """The cells with a verdict."""
        return [cell for cell in self.cells if cell.verdict != "not judged"]

    def counts(self) -> Counter[Verdict]:
        """How many cells came to what."""
        return Counter(cell.verdict for cell in self.judged)

    def of(self, verdict: Verdict) -> list[Judged]:
        """The cells of a verdict that count."""
        return [
            one
            for one in self.judged
            if one.verdict == verdict and (not self.counting or one.cell.name in self.counting)
        ]

    def code(self, strict: bool = False) -> int:
        """0 nothing worse, 1 a regression, 3 a cell is lost, 4 inconclusive, 5 nothing to judge.

        4 only where `strict`.
        """
        if not self.judged:
            return 5
        if self.of("regression"):
            return 1
        if self.lost:
            return 3
        return 4 if strict and self.of("inconclusive") else 0

    def verdict(self) -> str:
        """In a word."""
        words = {0: "ok", 1: "regression", 3: "incomplete", 5: "nothing compared"}
        code = self.code()
        if code == 0 and self.of("inconclusive"):
            return "inconclusive"
        if code == 0 and self.of("improvement"):
            return "improvement"
        return words[code]


def compared(
    baseline: Side,
    current: Side,
    margins: Mapping[str, float] | None = None,
    fail_on: tuple[str, ...] = (),
    level: float = LEVEL,
) -> Comparison:
    """Judge every number of the baseline that the current side has too.

    Raises SeqbenchError for names in `margins` or `fail_on` that nothing here has, and for tasks
    of other versions.
    """
    questions = matched(baseline.records, current.records)
    asked = [question for question in questions if question.baseline]
    found = [cell for question in asked for cell in cells(question)]
    names = {cell.name for cell in found}
    groups = {name: set(inside) & names or {name} for name, inside in GROUPS.items()}
    counting = frozenset(n for name in fail_on for n in groups.get(name, {name}))
    for option, given in (("--margin", set(margins or {})), ("--fail-on", set(counting))):
        if found and (strange := given - names):
            known = ", ".join(sorted(names))
            raise SeqbenchError(f"{option} {', '.join(sorted(strange))}: here are {known}")
    both = [cell for cell in found if cell.current]
    return Comparison(
        baseline.name,
        current.name,
        tuple(judged(both, margins or {}, level)),
        tuple(it for question in asked for it in lost(question)),
        sum(cell.kind != "time" for cell in found),
        sum(not question.baseline for question in questions),
        (*machines(baseline, current), *broken(baseline)),
        counting,
    )


def machines(baseline: Side, current: Side) -> list[str]:
    """What differs between the machines: digits may then differ by themselves."""
    told = []
    for fact in MACHINE:
        then, now = (values(fact, side.records) for side in (baseline, current))
        if then != now:
            told.append(f"{fact}: {', '.join(sorted(then))} then, {', '.join(sorted(now))} now")
    return [f"other machines, whose digits may differ: {'; '.join(told)}"] if told else []


def values(fact: str, records: tuple[Record, ...]) -> set[str]:
    """What the records say of a fact."""
    found: set[Any] = {record["facts"].get(fact) for record in records}
    return {str(value) for value in found}


def broken(baseline: Side) -> list[str]:
    """Trials of the baseline that have no number to compare with."""
    bad = Counter(r["status"] for r in baseline.records if r["status"] not in DONE)
    words = ", ".join(f"{count} {status}" for status, count in bad.most_common())
    return [f"the baseline itself has trials without a score: {words}"] if bad else []
