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
from seqbench.bench.probing import asked
from seqbench.bench.rehearsal import rehearse
from seqbench.bench.scores import Scores
from seqbench.bench.splits import drawn
from seqbench.bench.streams import stream
from seqbench.catalogue import Catalogue
from seqbench.contract.architecture import Architecture, Lesson, Model, Recipe
from seqbench.contract.errors import Diverged, Missing
from seqbench.contract.executor import Progress, Watch
from seqbench.contract.probe import Subject
from seqbench.contract.task import Task
from seqbench.contract.trial import Result, Trial


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

    data, io, levels = drawn(trial, task, catalogue)
    lesson = Lesson(
        io,
        data.train,
        data.valid,
        Recipe(**trial.train),
        stream(trial.seed, "model", trial.architecture),
        lambda point: watch(Progress("point", trial, point=point)),
        levels,
    )
    costs: dict[str, float] = {}
    model = fitted(trial, task, architecture, lesson, costs)
    known["model"] = dict(model.notes)
    outcome = Result(trial, "ok", None, (), model.curve, costs, known)
    if io.causal and architecture is not None:
        rng = stream(trial.seed, "leak", trial.task)
        if reason := leak(model, io, data.valid, rng):
            return replace(outcome, status="leaked", reason=reason)
    scores = Scores(trial, catalogue, model)
    with timed(costs, "predict_seconds"):
        answers = model.predict(data.test.inputs, data.test.lengths)
    numbers = scores.of(data.test, answers, "test", task)
    numbers += scores.on(data.valid, "valid", task)
    for at in trial.tests:
        numbers += scores.at(at)
    probed: dict[str, str | None] = {}
    if architecture is not None:
        subject = Subject(task, architecture, lesson, model, scores.at, np.random.default_rng(0))
        probed, found = asked(trial, catalogue, subject)
        numbers += found
    outcome = replace(outcome, probed=probed)
    if bad := next((m for m in numbers if not np.isfinite(m.value)), None):
        return replace(outcome, status="diverged", reason=f"{bad.split} {bad.name} is {bad.value}")
    return replace(outcome, measurements=tuple(numbers))


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


@contextmanager
def timed(costs: dict[str, float], name: str) -> Iterator[None]:
    """Note the wall seconds of a block."""
    start = time.perf_counter()
    yield
    costs[name] = time.perf_counter() - start
