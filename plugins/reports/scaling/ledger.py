"""The numbers of one race, to be looked up."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from seqbench import Frames
from seqbench.kits.statistics import Estimate

if TYPE_CHECKING:
    import pandas as pd

TAKEN = ("flops", "seconds", "peak_bytes", "out_of_memory", "too_slow", "failed")
AT = "at."


class Line(NamedTuple):
    """An architecture at one width and batch, in one pass."""

    architecture: str
    width: int
    batch: int
    way: str

    @property
    def at(self) -> dict[str, Any]:
        """Its coordinates."""
        names = ("architecture", "width", "batch", "pass")
        return dict(zip(names, self, strict=True))


Numbers = Mapping[str, Any]  # a measurement: name, value, and its coordinates


@dataclass(frozen=True)
class Ledger:
    """What one trial gave; `skipped` are the runners that did not run, with the reasons."""

    title: str
    rows: list[Numbers]
    reason: str = ""  # where the trial came to nothing
    skipped: Mapping[str, str] = field(default_factory=dict)
    error: float = nan  # relative, of medians, that was asked for
    where: str = ""  # it was measured

    def pick(self, name: str, **at: Any) -> list[Numbers]:
        """The measurements of a name at these coordinates."""
        alike = {"name": name, **at}
        return [row for row in self.rows if all(row.get(key) == it for key, it in alike.items())]

    def value(self, name: str, **at: Any) -> float:
        """The first of them, NaN for none."""
        return next((float(row["value"]) for row in self.pick(name, **at)), nan)

    def estimate(self, name: str, **at: Any) -> Estimate:
        """With the interval that stands beside it, if one does."""
        return Estimate(*(self.value(name + end, **at) for end in ("", "_low", "_high")))

    @cached_property
    def lines(self) -> list[Line]:
        """In the order of the record."""
        taken = [row for row in self.rows if row["name"] in TAKEN]
        keys = ("architecture", "width", "batch", "pass")
        return list(dict.fromkeys(Line(*(row[key] for key in keys)) for row in taken))

    @cached_property
    def lengths(self) -> list[int]:
        """At which anything was counted, timed or held, from short to long."""
        return sorted({row["length"] for row in self.rows if row["name"] in TAKEN[:3]})

    def curve(self, name: str, line: Line) -> dict[int, float]:
        """Values by length."""
        found = {row["length"]: row["value"] for row in self.pick(name, **line.at)}
        return {length: found[length] for length in sorted(found)}

    def label(self, line: Line, way: bool = True) -> str:
        """As short as tells it from the others."""
        told = [line.architecture]
        mine = [one for one in self.lines if one.architecture == line.architecture]
        if len({one.width for one in mine}) > 1:
            told.append(f"width {line.width}")
        if len({one.batch for one in self.lines}) > 1:
            told.append(f"batch {line.batch}")
        return ", ".join([*told, line.way] if way else told)

    def pairs(self) -> Iterator[tuple[Line, Line]]:
        """Lines that stand against each other: of equal batch and pass, and of comparable width."""
        widths = {(line.architecture, line.width) for line in self.lines}
        swept = len(widths) > len({name for name, _ in widths})
        for one, other in combinations(self.lines, 2):
            apart = one.architecture != other.architecture
            if apart and one[2:] == other[2:] and (one.width == other.width or not swept):
                yield one, other


def ledgers(frames: Frames) -> Iterator[Ledger]:
    """One for each race that took such numbers or came to nothing."""
    trials, numbers = frames.trials, frames.measurements
    if not len(trials):
        return
    for trial in trials[trials.race.astype(bool)].to_dict("records"):
        mine = numbers[(numbers.id == trial["id"]) & (numbers.split == "probe")]
        rows = [plain(row) for row in mine.to_dict("records")]
        rows = [row for row in rows if row["name"] not in TAKEN or placed(row)]
        failed = trial["status"] != "ok"
        if not failed and not any(row["name"] in TAKEN for row in rows):
            continue  # another race
        asked = trial.get("architecture.error")
        yield Ledger(
            titled(trial, trials),
            rows,
            f"{trial['status']}: {trial.get('reason') or 'no reason told'}" if failed else "",
            {str(key)[7:]: it for key, it in trial.items() if reason_of(key, it)},
            float(asked) if isinstance(asked, (int, float)) else nan,
            place_of(trial),
        )


def place_of(trial: Mapping[Any, Any]) -> str:
    """The machine, as far as the record tells."""
    words = (("processor", "{}"), ("threads", "threads: {:g}"), ("load", "load before: {:g}"))
    known = ((trial.get(f"facts.{name}"), form) for name, form in words)
    return ", ".join(form.format(it) for it, form in known if it is not None and it == it)


def titled(trial: Mapping[Any, Any], trials: pd.DataFrame) -> str:
    """The task; with the race's settings in which races of it differ, and that it was cut short."""
    races = trials[trials.race.astype(bool) & (trials.task == trial["task"])]
    settings = [c for c in races if str(c).startswith(("architecture.", "task.", "seed"))]
    differ = [c for c in settings if races[c].astype(str).nunique() > 1]
    inside = ", ".join(f"{str(key).split('.', 1)[-1]}={trial[key]}" for key in differ)
    told = f"{trial['task']}({inside})" if inside else str(trial["task"])
    return f"{told} (partial)" if trial.get("partial") else told


def reason_of(key: Any, value: Any) -> bool:
    """Whether a trial's column says why a runner did not run."""
    return str(key).startswith("probed.") and isinstance(value, str)


def plain(row: Mapping[Any, Any]) -> Numbers:
    """A row of the frame as name, value and the coordinates that it has."""
    told = {str(key)[len(AT) :]: it for key, it in row.items() if str(key).startswith(AT)}
    known = {key: it for key, it in told.items() if it is not None and it == it}
    whole = {
        k: int(it) if isinstance(it, float) and it.is_integer() else it for k, it in known.items()
    }
    return {**whole, "name": row["name"], "value": float(row["value"])}


def placed(row: Numbers) -> bool:
    """Whether it says of whom it is, and at what length."""
    keys = ("architecture", "width", "batch", "pass", "length")
    return all(key in row for key in keys) and isfinite(row["value"])
