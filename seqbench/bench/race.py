"""A race: architectures measured side by side, unfitted."""

import os
from dataclasses import replace
from typing import Any

import numpy as np

from seqbench.bench.facts import fingerprint
from seqbench.bench.fitting import timed
from seqbench.bench.splits import signature
from seqbench.bench.streams import stream
from seqbench.catalogue import Catalogue
from seqbench.contract.architecture import Architecture
from seqbench.contract.errors import Unsuited
from seqbench.contract.probe import Field, Race
from seqbench.contract.task import Task
from seqbench.contract.trial import Result, Trial


def raced(trial: Trial, catalogue: Catalogue, known: dict[str, Any]) -> Result:
    """What a race measures of those who can run. Raises Unsuited where nobody can."""
    task: Task = catalogue.make("tasks", trial.task.name, trial.task.settings)
    race: Race = catalogue.make("probes", trial.architecture.name, trial.architecture.settings)
    known["task_code"], known["race_code"] = fingerprint(type(task)), fingerprint(type(race))
    io = signature(trial, task)
    runners: dict[str, Architecture] = {}
    probed: dict[str, str | None] = {}
    known["runner_codes"] = {}
    for name, choice in trial.runners.items():
        one: Architecture = catalogue.make("architectures", choice.name, choice.settings)
        known["runner_codes"][choice.name] = fingerprint(type(one))
        probed[name] = one.unsuited(io) or race.unsuited(one, io)
        if probed[name] is None:
            runners[name] = one
    if not runners:
        raise Unsuited("; ".join(f"{name}: {why}" for name, why in probed.items()))
    costs: dict[str, float] = {}
    known["load"] = round(os.getloadavg()[0], 2)  # of the machine, before: who else was at work
    with timed(costs, "race_seconds"):
        rng = stream(trial.seed, "race", trial.architecture)
        found = tuple(race.measure(Field(io, runners, rng)))
    outcome = Result(trial, "ok", None, found, (), costs, known, probed)
    if bad := next((m for m in found if not np.isfinite(m.value)), None):
        return replace(outcome, status="failed", reason=f"{bad.name} is {bad.value} at {bad.at}")
    return outcome
