"""A fitted model's numbers, on the trial's own splits and on fresh ones at other settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isclose

import numpy as np

from seqbench.bench.measure import measure, measure_sequences
from seqbench.bench.sequences import found, wanted
from seqbench.bench.splits import signature
from seqbench.bench.streams import stream
from seqbench.catalogue import Catalogue
from seqbench.contract.architecture import Model
from seqbench.contract.data import Role, Split
from seqbench.contract.metric import Metric
from seqbench.contract.task import Task
from seqbench.contract.trial import Coordinates, Measurement, Trial

LOOKED_AT = 100  # values of one range
Chance = Mapping[str, float]
BEAM = 4  # hypotheses kept open, where sequences are searched for with more effort


@dataclass(frozen=True)
class Scores:
    """Every metric that a trial asks for, of one model."""

    trial: Trial
    catalogue: Catalogue
    model: Model

    def of(self, split: Split, answers: np.ndarray, role: Role, task: Task) -> list[Measurement]:
        """Of answers that were given already; on test, sequences by a beam search too."""
        told = self.told(split, answers, role, task, self.chance(task))
        if role != "test":
            return told
        return told + self.sequences(split, answers, role, task, {}, BEAM)

    def at(self, at: Coordinates) -> list[Measurement]:
        """On a fresh test split of the task with these settings changed."""
        owner = replace(self.trial.task, settings={**self.trial.task.settings, **at})
        task: Task = self.catalogue.make("tasks", owner.name, owner.settings)
        split = task.split("test", self.trial.sizes.test, stream(self.trial.seed, "test", owner))
        answers = self.model.predict(split.inputs, split.lengths)
        told = self.told(split, answers, "test", task, task.chance())
        return [replace(one, at=at) for one in told]

    def told(
        self, split: Split, answers: np.ndarray, role: Role, task: Task, chance: Chance
    ) -> list[Measurement]:
        """Each metric's number beside what guessing gives, in the order of the trial's metrics."""
        plain = [metric for metric in self.metrics if not metric.sequences]
        numbers = measure(plain, split, answers, role, {}, chance)
        numbers += self.sequences(split, answers, role, task, chance)
        order = [metric.name for metric in self.metrics]
        return sorted(numbers, key=lambda one: order.index(one.name))

    def sequences(
        self,
        split: Split,
        answers: np.ndarray,
        role: Role,
        task: Task,
        chance: Chance,
        beam: int = 1,
    ) -> list[Measurement]:
        """The metrics of what the model comes up with by itself."""
        metrics = [metric for metric in self.metrics if metric.sequences]
        if not metrics:
            return []
        io = signature(self.trial, task)
        own = found(io, self.model.predict, split, answers, beam)
        at = {"beam": beam} if beam > 1 else {}
        return measure_sequences(metrics, wanted(io, split), own, role, at, chance)

    @property
    def metrics(self) -> list[Metric]:
        """Those that the trial asks for."""
        return [self.catalogue.get("metrics", name) for name in self.trial.metrics]

    def chance(self, task: Task) -> Mapping[str, float]:
        """What guessing gives on the trial's own splits.

        Where settings vary within them it is told of the metrics for which it does not: of a mix,
        a metric need not be the mean of what it is of the parts.
        """
        alike = dict(task.chance())
        for name, (least, most) in self.trial.ranges.items():
            for value in np.linspace(least, most, min(most - least + 1, LOOKED_AT)).round():
                settings = {**self.trial.task.settings, name: int(value)}
                other = self.catalogue.make("tasks", self.trial.task.name, settings).chance()
                alike = {k: v for k, v in alike.items() if k in other and isclose(v, other[k])}
        return alike
