"""From a lesson to a model, with what that cost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from seqbench.bench.rehearsal import rehearse
from seqbench.contract.architecture import Architecture, Lesson, Model
from seqbench.contract.task import Task
from seqbench.contract.trial import Trial

PARTS = ("parameters_mixer", "parameters_encoder", "parameters_readout")


def fitted(
    trial: Trial,
    task: Task,
    architecture: Architecture | None,
    lesson: Lesson,
    costs: dict[str, float],
) -> Model:
    """The model; compiling and importing are paid before the clock.

    Its costs are noted: seconds, examples a second, the numbers learned and where they stand.
    """
    if architecture is None:
        fit = task.baselines()[trial.architecture.name]
    else:
        rehearse(architecture, lesson)
        fit = architecture.fit
    with timed(costs, "fit_seconds"):
        model = fit(lesson)
    costs["parameters"] = model.parameters
    costs.update({part: model.notes[part] for part in PARTS if part in model.notes})
    if seen := model.notes.get("examples_seen"):
        costs["examples_per_second"] = seen / costs["fit_seconds"]
    if (flops := flops_of(architecture, lesson)) is not None:
        costs["flops_per_step"] = flops
    return model


def flops_of(architecture: Architecture | None, lesson: Lesson) -> float | None:
    """Forward operations a step, where they can be counted; a network that cannot is no failure."""
    if architecture is None:
        return None
    try:
        weight = architecture.weigh(lesson.io)
    except Exception:  # some operation has no shape rule, or wants real numbers: it is not counted
        return None
    return weight.flops_per_step if weight else None


@contextmanager
def timed(costs: dict[str, float], name: str) -> Iterator[None]:
    """Note the wall seconds of a block."""
    start = time.perf_counter()
    yield
    costs[name] = time.perf_counter() - start
