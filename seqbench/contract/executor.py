"""Where trials run."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol, runtime_checkable

from seqbench.contract.architecture import Point
from seqbench.contract.trial import Result, Trial


@dataclass(frozen=True)
class Progress:
    """A trial has started somewhere, or reached a point of its learning curve."""

    kind: Literal["started", "point"]
    trial: Trial
    where: str = ""
    point: Point | None = None


Watch = Callable[[Progress], None]
Work = Callable[[Trial, Watch], Result]  # picklable: it may be called in another process


@runtime_checkable
class Movable(Protocol):
    """Work that reads files, and can be told where they lie on another machine."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Where they lie here."""

    def moved(self, files: tuple[Path, ...]) -> Work:
        """The same work with these in their place, one for one."""


@dataclass(frozen=True)
class Site:
    """What a run lends its executor: folders of its own, and who listens.

    A trial's process leaves its result in `spool` (durably, before it exits), where a later run
    finds it if this one dies; `logs` takes one file a trial, named by the trial's id.
    """

    spool: Path
    logs: Path
    watch: Watch


class Executor(ABC):
    """A way to run many trials. A frozen dataclass; its fields are its settings."""

    name: ClassVar[str]
    version: ClassVar[int] = 1

    @property
    def parallel(self) -> int:
        """How many trials run at once; timings compare only where it is the same."""
        return 1

    @abstractmethod
    def run(self, work: Work, trials: Iterable[Trial], site: Site) -> Iterator[Result]:
        """Run each trial once and yield exactly one Result for each, as they come.

        `trials` is read lazily: what is not yet started may still be withdrawn.
        """
