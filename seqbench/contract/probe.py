"""What is measured of a fitted model beyond its score."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqbench.contract.architecture import Architecture, Lesson, Model
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
