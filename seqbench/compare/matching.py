"""Which trials of two sides ask the same question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seqbench.compare.side import Record
from seqbench.contract.errors import SeqbenchError
from seqbench.contract.trial import canonical

ASKED = ("train", "sizes", "ranges", "curriculum", "device", "dtype")


@dataclass(frozen=True)
class Question:
    """A task and an architecture with their settings, trained and sized so, on any seed.

    `seeds` are the records of each side, by seed.
    """

    task: str
    architecture: str
    baseline: Mapping[int, Record] = field(default_factory=dict)
    current: Mapping[int, Record] = field(default_factory=dict)


def matched(baseline: Iterable[Record], current: Iterable[Record]) -> list[Question]:
    """Every question of either side, in the order of the records.

    A setting that one side does not know (a newer version has it) tells nothing apart. Raises
    SeqbenchError where the two sides ran other versions of a task, or on other data.
    """
    sides = ([*filter(fitted, baseline)], [*filter(fitted, current)])
    same_tasks(*sides)
    known = {kind: shared(kind, *sides) for kind in ("task", "architecture")}
    found: dict[str, tuple[dict[int, Record], dict[int, Record]]] = {}
    for place, records in enumerate(sides):
        for record in records:
            key = canonical(identity(record, known))
            seeds = found.setdefault(key, ({}, {}))[place]
            if record["seed"] in seeds:
                raise SeqbenchError(
                    f"{record['task']['name']} × {record['architecture']['name']}, seed "
                    f"{record['seed']} stands twice on a side, told apart only by settings that "
                    "the other side does not know"
                )
            seeds[record["seed"]] = record
    names = named({key: next(iter({**a, **b}.values())) for key, (a, b) in found.items()})
    return [Question(*names[key], *sides) for key, sides in found.items()]


def fitted(record: Record) -> bool:
    """Whether it is of an architecture that was fitted: no trivial answer, no race."""
    return not record["baseline"] and not record.get("runners")


def same_tasks(baseline: list[Record], current: list[Record]) -> None:
    """Refuse scores on tasks that are no longer the same."""
    for what, told in (("version", version), ("data", data)):
        ours, theirs = ({told(r) for r in side} for side in (current, baseline))
        names = {name for name, _ in ours} & {name for name, _ in theirs}
        for name in sorted(names):
            pair = [sorted(str(v) for n, v in side if n == name) for side in (theirs, ours)]
            if pair[0] != pair[1] and not set(pair[0]) & set(pair[1]):
                raise SeqbenchError(
                    f"task {name}: the baseline's {what} is {', '.join(pair[0])}, here it is "
                    f"{', '.join(pair[1])}; scores on them do not compare, run the baseline again"
                )


def version(record: Record) -> tuple[str, int]:
    """Which version of which task."""
    return record["task"]["name"], record["task"]["version"]


def data(record: Record) -> tuple[str, str | None]:
    """Which data of which task, with its settings."""
    return f"{record['task']['name']}{canonical(record['task']['settings'])}", record["data"]


def shared(kind: str, *sides: list[Record]) -> dict[str, set[str]]:
    """By plugin, the settings that both sides know."""
    known = []
    for records in sides:
        mine: dict[str, set[str]] = {}
        for record in records:
            choice = record[kind]
            mine.setdefault(choice["name"], set()).update(choice["settings"])
        known.append(mine)
    names = known[0].keys() & known[1].keys()
    return {name: known[0][name] & known[1][name] for name in names}


def identity(record: Record, known: Mapping[str, Mapping[str, set[str]]]) -> dict[str, Any]:
    """What two records have in common that ask the same."""
    asked = {name: record.get(name) for name in ASKED}
    for kind, of in known.items():
        name, settings = record[kind]["name"], record[kind]["settings"]
        both = of.get(name, settings.keys())
        asked[kind] = [name, {key: value for key, value in settings.items() if key in both}]
    return asked


def named(some: Mapping[str, Record]) -> dict[str, tuple[str, str]]:
    """By key, the task and the architecture, with the settings that they differ in."""
    tasks = labels({key: (r["task"]["name"], r["task"]["settings"]) for key, r in some.items()})
    models: dict[str, str] = {}
    for task in dict.fromkeys(tasks.values()):  # a size solved for differs by task
        mine = [key for key in some if tasks[key] == task]
        models |= labels(
            {key: (some[key]["architecture"]["name"], described(some[key])) for key in mine}
        )
    return {key: (tasks[key], models[key]) for key in some}


def described(record: Record) -> dict[str, Any]:
    """What tells a trained architecture apart."""
    recipe = {f"train.{key}": value for key, value in record["train"].items()}
    return {**record["architecture"]["settings"], **recipe}


def labels(some: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    """Each name, followed by the settings that vary among its namesakes."""
    found = {}
    for key, (name, settings) in some.items():
        others = [s for n, s in some.values() if n == name]
        inside = [
            f"{setting}={value}"
            for setting, value in settings.items()
            if any(other.get(setting) != value for other in others)
        ]
        found[key] = f"{name}({', '.join(inside)})" if inside else name
    return found
