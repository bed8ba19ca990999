"""A fitted model's numbers, on the trial's own splits and on fresh ones at other settings."""

from dataclasses import dataclass, replace

import numpy as np

from seqbench.bench.measure import measure
from seqbench.bench.streams import stream
from seqbench.catalogue import Catalogue
from seqbench.contract.architecture import Model
from seqbench.contract.data import Role, Split
from seqbench.contract.task import Task
from seqbench.contract.trial import Coordinates, Measurement, Trial


@dataclass(frozen=True)
class Scores:
    """Every metric that a trial asks for, of one model."""

    trial: Trial
    catalogue: Catalogue
    model: Model

    def on(self, split: Split, role: Role, task: Task) -> list[Measurement]:
        """On a split."""
        return self.of(split, self.model.predict(split.inputs, split.lengths), role, task)

    def of(self, split: Split, answers: np.ndarray, role: Role, task: Task) -> list[Measurement]:
        """Of answers that were given already."""
        metrics = [self.catalogue.get("metrics", name) for name in self.trial.metrics]
        return measure(metrics, split, answers, role, {}, task.chance())

    def at(self, at: Coordinates) -> list[Measurement]:
        """On a fresh test split of the task with these settings changed."""
        owner = replace(self.trial.task, settings={**self.trial.task.settings, **at})
        task: Task = self.catalogue.make("tasks", owner.name, owner.settings)
        split = task.split("test", self.trial.sizes.test, stream(self.trial.seed, "test", owner))
        return [replace(number, at=at) for number in self.on(split, "test", task)]
