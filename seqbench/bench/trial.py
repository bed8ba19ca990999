"""One trial, straight through: task -> data -> model -> answers -> numbers."""

import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from seqbench.bench.facts import facts, fingerprint
from seqbench.bench.leak import leak
from seqbench.bench.measure import measure
from seqbench.bench.rehearsal import rehearse
from seqbench.bench.streams import stream
from seqbench.catalogue import Catalogue
from seqbench.contract.architecture import Architecture, Lesson, Model, Recipe
from seqbench.contract.data import Dataset, Role
from seqbench.contract.errors import Diverged, Missing
from seqbench.contract.executor import Progress, Watch
from seqbench.contract.task import Task
from seqbench.contract.trial import Measurement, Result, Trial

ROLES: tuple[Role, ...] = ("train", "valid", "test")


def run_trial(trial: Trial, catalogue: Catalogue, watch: Watch) -> Result:
    """Run one trial. Whatever a plugin raises becomes a result, never a crash."""
    known = facts(catalogue)
    try:
        return _run(trial, catalogue, watch, known)
    except Missing as lack:
        return Result(trial, "skipped", str(lack), facts=known, missing=True)
    except Diverged as end:
        return Result(trial, "diverged", str(end), facts=known)
    except Exception as error:
        trace = traceback.format_exc()
        print(trace, file=sys.stderr)  # where an executor keeps its log
        known["log"] = trace[-4000:]
        return Result(trial, "failed", f"{type(error).__name__}: {error}", facts=known)


def _run(trial: Trial, catalogue: Catalogue, watch: Watch, known: dict[str, Any]) -> Result:
    task: Task = catalogue.make("tasks", trial.task.name, trial.task.settings)
    known["task_code"] = fingerprint(type(task))
    architecture = None
    if not trial.baseline:
        wanted = trial.architecture
        architecture = catalogue.make("architectures", wanted.name, wanted.settings)
        known["architecture_code"] = fingerprint(type(architecture))
        if reason := architecture.unsuited(task.signature()):
            return Result(trial, "skipped", reason, facts=known)

    data = dataset(trial, task)
    lesson = Lesson(
        task.signature(),
        data.train,
        data.valid,
        Recipe(**trial.train),
        stream(trial.seed, "model", trial.architecture),
        lambda point: watch(Progress("point", trial, point=point)),
    )
    costs: dict[str, float] = {}
    model = fitted(trial, task, architecture, lesson, costs)
    known["model"] = dict(model.notes)
    outcome = Result(trial, "ok", None, (), model.curve, costs, known)
    if lesson.io.causal and not trial.baseline:
        rng = stream(trial.seed, "leak", trial.task)
        if reason := leak(model, lesson.io, data.valid, rng):
            return replace(outcome, status="leaked", reason=reason)
    numbers = scored(trial, task, catalogue, model, data, costs)
    if bad := next((m for m in numbers if not np.isfinite(m.value)), None):
        return replace(outcome, status="diverged", reason=f"{bad.split} {bad.name} is {bad.value}")
    return replace(outcome, measurements=numbers)


def dataset(trial: Trial, task: Task) -> Dataset:
    """The trial's three splits, each from a stream of its own."""
    return Dataset(
        *(
            task.split(role, getattr(trial.sizes, role), stream(trial.seed, role, trial.task))
            for role in ROLES
        )
    )


def fitted(
    trial: Trial,
    task: Task,
    architecture: Architecture | None,
    lesson: Lesson,
    costs: dict[str, float],
) -> Model:
    """The model, with what it cost to make; compiling and importing are paid before the clock."""
    if architecture is None:
        fit = task.baselines()[trial.architecture.name]
    else:
        rehearse(architecture, lesson)
        fit = architecture.fit
    with timed(costs, "fit_seconds"):
        model = fit(lesson)
    costs["parameters"] = model.parameters
    if seen := model.notes.get("examples_seen"):
        costs["examples_per_second"] = seen / costs["fit_seconds"]
    return model


def scored(
    trial: Trial,
    task: Task,
    catalogue: Catalogue,
    model: Model,
    data: Dataset,
    costs: dict[str, float],
) -> tuple[Measurement, ...]:
    """Every metric on valid, on test, and on a fresh test split at each coordinate asked for."""
    metrics = [catalogue.get("metrics", name) for name in trial.metrics]
    numbers: list[Measurement] = []
    with timed(costs, "predict_seconds"):
        answers = model.predict(data.test.inputs, data.test.lengths)
    numbers += measure(metrics, data.test, answers, "test", {}, task.chance())
    answers = model.predict(data.valid.inputs, data.valid.lengths)
    numbers += measure(metrics, data.valid, answers, "valid", {}, task.chance())
    for at in trial.tests:
        other: Task = catalogue.make("tasks", trial.task.name, dict(trial.task.settings) | dict(at))
        owner = replace(trial.task, settings=dict(trial.task.settings) | dict(at))
        split = other.split("test", trial.sizes.test, stream(trial.seed, "test", owner))
        answers = model.predict(split.inputs, split.lengths)
        numbers += measure(metrics, split, answers, "test", at, other.chance())
    return tuple(numbers)


@contextmanager
def timed(costs: dict[str, float], name: str) -> Iterator[None]:
    """Note the wall seconds of a block."""
    start = time.perf_counter()
    yield
    costs[name] = time.perf_counter() - start
