"""A thing a plugin offers, and what it has to be before the catalogue takes it."""

import dataclasses
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from seqbench.catalogue import writable
from seqbench.catalogue.settings import annotations
from seqbench.contract.architecture import Architecture, Recipe
from seqbench.contract.executor import Executor
from seqbench.contract.metric import Metric
from seqbench.contract.probe import Probe, Race
from seqbench.contract.report import Report
from seqbench.contract.task import Task

BASES: dict[str, tuple[type, ...]] = {
    "architectures": (Architecture,),
    "tasks": (Task,),
    "metrics": (Metric,),
    "probes": (Probe, Race),
    "executors": (Executor,),
    "reports": (Report,),
}
KINDS = tuple(BASES)

FILE = "seqbench_file_"  # how the names of modules begin that are made of a suite's files
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:@+-]{0,63}")  # no dot: `--set tasks.char_lm.length=9`
RESERVED = {
    "tasks": {"train", "sizes", "test", "curriculum"},
    "architectures": {"train", "search"},
}


class Offer(NamedTuple):
    """A thing, and the plugin and the distribution or file it comes from."""

    thing: Any
    plugin: str
    home: str

    @property
    def of_file(self) -> bool:
        """Is it from a file that a suite names, and not installed?"""
        return self.plugin.startswith(FILE)

    def __str__(self) -> str:
        return self.home if self.plugin == self.home else f"{self.home} ({self.plugin})"


def checked(kind: str, found: Any) -> list[Any]:
    """What a hook gave, as a list of things each of which is what it has to be."""
    if not isinstance(found, Iterable):
        raise TypeError(f"{kind}() gave {found!r}, not a list")
    things = list(found)
    for thing in things:
        check(kind, thing)
    return things


def check_names(found: Iterable[tuple[str, Offer]]) -> None:
    """Raises TypeError where one plugin offers two things of one kind by one name."""
    named: dict[tuple[str, str], Any] = {}
    for kind, one in found:
        if named.setdefault((kind, one.thing.name), one.thing) is not one.thing:
            raise TypeError(f"{kind}() offers two things called {one.thing.name!r}; rename one")


def check(kind: str, thing: Any) -> None:
    """Raises TypeError, with what would be right, where a hook offers something else."""
    bases = BASES[kind]
    if kind == "metrics":
        if not isinstance(thing, bases):
            raise TypeError(f"metrics() offers {thing!r}, which is no Metric")
    elif not (isinstance(thing, type) and issubclass(thing, bases)):
        names = " or ".join(base.__name__ for base in bases)
        raise TypeError(f"{kind}() offers {thing!r}, which is no subclass of {names}")
    else:
        check_class(kind, thing)
    name = getattr(thing, "name", None)
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        raise TypeError(f"{thing!r} is named {name!r}; a name is letters, digits and _:@+-")
    if kind == "tasks":
        check_task(thing)


def check_class(kind: str, cls: Any) -> None:
    """A frozen dataclass with every method written and every setting's type known."""
    if missing := sorted(getattr(cls, "__abstractmethods__", ())):
        raise TypeError(f"{cls.__name__} lacks {', '.join(missing)}")
    params = vars(cls).get("__dataclass_params__")  # its own: a base's knows nothing of its fields
    if params is None or not params.frozen:
        raise TypeError(f"{cls.__name__} needs @dataclass(frozen=True) above it")
    if not isinstance(getattr(cls, "version", None), int):
        raise TypeError(f"{cls.__name__}.version is not an int")
    fields = {f.name for f in dataclasses.fields(cls)}
    if taken := sorted(fields & RESERVED.get(kind, set())):
        raise TypeError(f"{cls.__name__}.{taken[0]}: suites use this word for something else")
    annotations(cls)
    writable.check(cls)


def check_task(cls: type[Task]) -> None:
    """Its class says which metrics it is told by, and its recipe is one."""
    metrics = getattr(cls, "metrics", None)
    if not isinstance(metrics, tuple) or not metrics or not all(map(_is_text, metrics)):
        raise TypeError(f"{cls.__name__}.metrics is {metrics!r}, not a tuple of metric names")
    known = {f.name for f in dataclasses.fields(Recipe)}
    if strange := sorted(set(cls.recipe) - known):
        raise TypeError(f"{cls.__name__}.recipe has {strange[0]!r}, which no Recipe has")


def _is_text(value: object) -> bool:
    return isinstance(value, str)
