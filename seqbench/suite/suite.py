"""What the user asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from seqbench.contract.trial import Choice
from seqbench.suite.search import Search

Sweep = Mapping[str, tuple[Any, ...]]  # setting -> the values it takes, one after another


@dataclass(frozen=True)
class Entry:
    """One line of `tasks` or `architectures`: a plugin's name and what is said of it.

    `test` holds settings of a task that its trained models are tested at too; `ranges` those that
    vary within training, as (least, most), of which `settings` holds the most. `search` is what
    is tried for an architecture before one setting of it is chosen.
    """

    name: str
    settings: Sweep = field(default_factory=dict)
    train: Sweep = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    test: Sweep = field(default_factory=dict)
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    curriculum: bool = False
    search: Search | None = None


@dataclass(frozen=True)
class Budget:
    """What every architecture is sized to, and where the suite says so."""

    KINDS: ClassVar = {"parameters": "parameters", "flops": "FLOPs a step"}
    kind: str
    amount: int
    place: str


@dataclass(frozen=True)
class Suite:
    """A suite, read and checked. Every value that was swept is a tuple, and so is every other.

    `unresolved` names what is not installed, where the suite was read without its plugins.
    """

    name: str
    tasks: tuple[Entry, ...]
    architectures: tuple[Entry, ...]
    executor: Choice
    reports: tuple[Choice, ...]
    path: Path
    about: str = ""
    plugins: tuple[Path, ...] = ()
    seeds: tuple[int, ...] = (0, 1, 2)
    train: Sweep = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    measure: tuple[str, ...] = ()  # metrics beside those of the tasks
    probes: tuple[Choice, ...] = ()
    races: tuple[Choice, ...] = ()
    fitted: bool = True  # whether anything is trained; without, races alone are run
    budget: Budget | None = None
    unresolved: tuple[str, ...] = ()
