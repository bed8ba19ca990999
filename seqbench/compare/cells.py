"""The numbers of a question, side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seqbench.compare.matching import Question
from seqbench.compare.side import Record
from seqbench.contract.trial import canonical

Kind = Literal["score", "cost", "time"]
COSTS = ("parameters", "flops_per_step", "peak_bytes")  # the same on every run of the same code
TIMES = ("fit_seconds", "predict_seconds")
PROBED = ("recall", "horizon")  # scores among what probes measure
DONE = ("ok", "skipped")


@dataclass(frozen=True)
class Cell:
    """One number of one question: its values by seed on both sides.

    `at` is where it was taken, empty as trained. `chance` is what guessing gives, where known.
    """

    task: str
    architecture: str
    name: str
    kind: Kind
    at: str
    unit: str
    better: str  # higher or lower
    chance: float | None
    baseline: Mapping[int, float]
    current: Mapping[int, float]

    @property
    def label(self) -> str:
        """All that it is called."""
        where = f" at {self.at}" if self.at else ""
        return f"{self.task} × {self.architecture}: {self.name}{where}"


@dataclass(frozen=True)
class Lost:
    """A trial that the baseline has, and the current side has not, or not as a number."""

    task: str
    architecture: str
    seed: int
    why: str


def cells(question: Question) -> Iterator[Cell]:
    """What the baseline measured, with what the current side has of it."""
    sides = (numbers(question.baseline), numbers(question.current))
    for key, (about, values) in sides[0].items():
        name, kind, at, unit, better, chance = about
        yield Cell(
            question.task,
            question.architecture,
            name,
            kind,
            at,
            unit,
            better,
            chance,
            values,
            sides[1].get(key, (about, {}))[1],
        )


About = tuple[str, Kind, str, str, str, float | None]


def numbers(records: Mapping[int, Record]) -> dict[str, tuple[About, dict[int, float]]]:
    """By name and place, what is known of a number, and its values by seed."""
    found: dict[str, tuple[About, dict[int, float]]] = {}
    for seed, record in records.items():
        if record["status"] == "ok":
            for about, value in told(record):
                found.setdefault(canonical(about[:3]), (about, {}))[1][seed] = value
    return found


def told(record: Record) -> Iterator[tuple[About, float]]:
    """The numbers of one record that can be compared, or are named as not to be."""
    for m in record["measurements"]:
        kind = kind_of(m)
        shown = m["split"] == "test" or (m["split"] == "probe" and m["name"] in PROBED)
        if shown and (kind == "time" or m["better"]):
            at = ", ".join(f"{key} {value}" for key, value in sorted(m["at"].items()))
            better = m["better"] or "lower"
            yield (m["name"], kind, at, m["unit"], better, m["chance"]), m["value"]
    for name, value in record["costs"].items():
        if name in COSTS:
            yield (name, "cost", "", "", "lower", None), value
        elif name in TIMES:
            yield (name, "time", "", "s", "lower", None), value


def kind_of(measurement: Mapping[str, Any]) -> Kind:
    """How a measurement can be compared."""
    if not measurement.get("exact", True):
        return "time"
    return "cost" if measurement["unit"] in ("FLOP", "FLOPs", "bytes") else "score"


def lost(question: Question) -> Iterator[Lost]:
    """What the baseline can show, and the current side cannot."""
    for seed, record in question.baseline.items():
        if record["status"] != "ok":
            continue
        now = question.current.get(seed)
        if (
            now is None
            and question.current
            and not (set(question.baseline) & set(question.current))
        ):
            continue  # other seeds on both sides are compared as two samples
        if now is None:
            yield Lost(question.task, question.architecture, seed, "missing")
        elif now["status"] != "ok":
            why = f"{now['status']}: {now['reason']}" if now["reason"] else now["status"]
            yield Lost(question.task, question.architecture, seed, why)
