"""A fitted model, looked at: leaks first, then scores, then probes."""

from dataclasses import replace

import numpy as np

from seqbench.bench.fitting import timed
from seqbench.bench.leak import leak
from seqbench.bench.probing import asked
from seqbench.bench.scores import Scores
from seqbench.bench.streams import stream
from seqbench.catalogue import Catalogue
from seqbench.contract.architecture import Architecture, Lesson, Model
from seqbench.contract.data import Split
from seqbench.contract.probe import Subject
from seqbench.contract.task import Task
from seqbench.contract.trial import Result


def examined(  # noqa: PLR0913  all that a result is made of
    outcome: Result,
    catalogue: Catalogue,
    task: Task,
    architecture: Architecture | None,
    lesson: Lesson,
    model: Model,
    test: Split,
) -> Result:
    """The outcome with its measurements; without any where the model looks ahead on a causal task.

    Test targets are read here and nowhere else.
    """
    trial, costs = outcome.trial, dict(outcome.costs)
    if lesson.io.causal and architecture is not None:
        rng = stream(trial.seed, "leak", trial.task)
        with timed(costs, "leak_seconds"):
            reason = leak(model, lesson.io, lesson.valid, rng)
        if reason:
            return replace(outcome, status="leaked", reason=reason)
    scores = Scores(trial, catalogue, model)
    with timed(costs, "predict_seconds"):
        answers = model.predict(test.inputs, test.lengths)
    numbers = scores.of(test, answers, "test", task)
    numbers += scores.of(lesson.valid, on_valid(model, lesson), "valid", task)
    for at in trial.tests:
        numbers += scores.at(at)
    probed: dict[str, str | None] = {}
    if architecture is not None:
        subject = Subject(task, architecture, lesson, model, scores.at, np.random.default_rng(0))
        probed, found = asked(trial, catalogue, subject)
        numbers += found
    outcome = replace(outcome, costs=costs, probed=probed)
    if bad := next((m for m in numbers if not np.isfinite(m.value)), None):
        return replace(outcome, status="diverged", reason=f"{bad.split} {bad.name} is {bad.value}")
    return replace(outcome, measurements=tuple(numbers))


def on_valid(model: Model, lesson: Lesson) -> np.ndarray:
    """The model's answers on valid."""
    if model.valid is not None:
        return model.valid
    return model.predict(lesson.valid.inputs, lesson.valid.lengths)
