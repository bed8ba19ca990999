"""What is measured of architectures beyond the scores of fitted models."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from seqbench.contract.architecture import Architecture, Lesson, Model
from seqbench.contract.signature import Signature
from seqbench.contract.task import Task
from seqbench.contract.trial import Coordinates, Measurement


@dataclass(frozen=True)
class Subject:
    """A fitted architecture, with what it was fitted on and a way to test it elsewhere.

    `score(at)` draws a fresh test split with the task's settings changed to these coordinates
    and gives every metric on it; the split is the same for every architecture of the seed.
    """

    task: Task
    architecture: Architecture
    lesson: Lesson
    model: Model
    score: Callable[[Coordinates], list[Measurement]]
    rng: np.random.Generator


class Probe(ABC):
    """A measurement of a fitted model. A frozen dataclass; its fields are its settings."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    source: ClassVar[str] = ""  # the paper, with its year

    def unsuited(self, subject: Subject) -> str | None:
        """Why this cannot be asked of the subject, or None where it can."""
        return None

    @abstractmethod
    def measure(self, subject: Subject) -> Iterable[Measurement]:
        """The numbers, each with the coordinates it was taken at."""


@dataclass(frozen=True)
class Field:
    """Those who run in a race: architectures by name, on sequences of one signature, unfitted."""

    io: Signature
    runners: Mapping[str, Architecture]
    rng: np.random.Generator


class Race(ABC):
    """A measurement of architectures side by side, in one process that has the machine to itself.

    A probe too: `measure` of a suite names it. A frozen dataclass; its fields are its settings.
    It is a trial of its own, whose measurements carry `architecture`, the runner's name, among
    their coordinates.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    source: ClassVar[str] = ""  # the paper, with its year
    seconds: ClassVar[float] = 60.0  # that it takes, very roughly

    def short(self) -> Self:
        """The same cut to a glance, for `--quick`."""
        return self

    def unsuited(self, architecture: Architecture, io: Signature) -> str | None:
        """Why an architecture cannot run, or None where it can."""
        return None

    @abstractmethod
    def measure(self, field: Field) -> Iterable[Measurement]:
        """The numbers, each with the coordinates it was taken at. Raises Unsuited."""
