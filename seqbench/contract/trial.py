"""One cell of a benchmark, before and after it ran."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from seqbench.contract.architecture import Point
from seqbench.contract.data import Sizes
from seqbench.contract.metric import Better

Coordinates = Mapping[str, bool | int | float | str]


@dataclass(frozen=True)
class Choice:
    """A plugin by name, with all its settings filled in and the version it declares."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1

    @property
    def label(self) -> str:
        """Name and settings in one word, the same for the same."""
        return f"{self.name}{canonical(self.settings)}"

    def __str__(self) -> str:
        inside = ", ".join(f"{key}={value}" for key, value in self.settings.items())
        return f"{self.name}({inside})" if inside else self.name


AND = "\x1e"  # the record separator of ASCII, which no name has in it
UNDECIDING = {"metrics", "tests", "probes", "study", "id"}  # what is asked of an outcome, its name
LATER = {"runners", "bars"}  # they decide where they are there, and most trials have none


@dataclass(frozen=True)
class Trial:
    """One task, one architecture, one seed: everything that decides the outcome, and no more.

    `train` holds the fields of the Recipe (empty for a baseline, which is not trained).
    `baseline` says that `architecture` names one of the task's own trivial answers. `data` is
    the checksum of the task's data file. `partial` marks what `--quick` and `--limit` cut short.
    `ranges` are settings of the task that vary within training, as [least, most]; the task's own
    settings hold the most. `curriculum` lets the most grow over the first half of the training.
    `runners` are the architectures of a race, by the names they have in it; `architecture` names
    the race then, with its settings. `bars` are (examples, valid loss): training is given up where
    the best loss so far is above a bar. What is asked of the outcome (`metrics`; `tests`, the
    coordinates at which the trained model is tested too; `probes`) decides nothing and is no part
    of the id; nor is `study`, which says for what search the trial was made: `name`, `method` and
    `over`, with AND between them where it was made for several.
    """

    task: Choice
    architecture: Choice
    seed: int
    train: Mapping[str, Any] = field(default_factory=dict)
    sizes: Sizes = field(default_factory=Sizes)
    data: str | None = None
    baseline: bool = False
    partial: bool = False
    device: str = "cpu"
    dtype: str = "float32"
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    curriculum: bool = False
    runners: Mapping[str, Choice] = field(default_factory=dict)
    bars: tuple[tuple[int, float], ...] = ()
    study: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    tests: tuple[Coordinates, ...] = ()
    probes: tuple[Choice, ...] = ()

    @cached_property
    def id(self) -> str:
        """The same for the same question, on any machine, in any suite."""
        return hashlib.sha256(canonical(self.identity()).encode()).hexdigest()[:16]

    def identity(self) -> dict[str, Any]:
        """What the id is made of."""
        whole = {name: value for name, value in vars(self).items() if name not in UNDECIDING}
        whole = {name: value for name, value in whole.items() if value or name not in LATER}
        parts = {name: vars(whole[name]) for name in ("task", "architecture", "sizes")}
        if self.runners:
            parts["runners"] = {name: vars(choice) for name, choice in self.runners.items()}
        return whole | parts

    @property
    def alone(self) -> bool:
        """Whether it measures time, so that nothing else of the run may go on beside it."""
        return bool(self.runners)


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, ASCII; no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


Status = Literal[
    "ok", "failed", "skipped", "timeout", "out_of_memory", "crashed", "diverged", "leaked", "lost"
]


@dataclass(frozen=True)
class Measurement:
    """One number, with the coordinates it was taken at and what is known of its scale.

    `exact` says that a rerun gives the same digits; of times and of memory it does not.
    """

    name: str
    value: float
    unit: str = ""
    split: str = "test"
    at: Coordinates = field(default_factory=dict)
    better: Better | None = None
    chance: float | None = None  # what guessing without looking gives here
    exact: bool = True
    low: float | None = None  # 95 % interval over the test examples, where it is a mean of them
    high: float | None = None


@dataclass(frozen=True)
class Result:
    """What came of a trial. Never changed once made.

    `probed` holds each probe that was asked for, by its label: None, or why it was skipped; in a
    race, each runner by its name.
    `missing` says that the trial was skipped for want of something this machine can be given
    (data, a program): a later run tries it again.
    """

    trial: Trial
    status: Status
    reason: str | None = None
    measurements: tuple[Measurement, ...] = ()
    curve: tuple[Point, ...] = ()
    costs: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    probed: Mapping[str, str | None] = field(default_factory=dict)
    missing: bool = False
