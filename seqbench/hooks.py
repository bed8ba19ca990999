"""Every place where a plugin may step in. The first six offer things; the rest look on."""

# mypy: disable-error-code="empty-body"

from collections.abc import Iterable
from typing import Any

import pluggy

from seqbench.contract.architecture import Architecture
from seqbench.contract.executor import Executor
from seqbench.contract.metric import Metric
from seqbench.contract.probe import Probe
from seqbench.contract.report import Report
from seqbench.contract.task import Task
from seqbench.contract.trial import Result, Trial

hookspec = pluggy.HookspecMarker("seqbench")
hookimpl = pluggy.HookimplMarker("seqbench")


@hookspec
def architectures() -> Iterable[type[Architecture]]:
    """Architectures this plugin offers."""


@hookspec
def tasks() -> Iterable[type[Task]]:
    """Tasks this plugin offers."""


@hookspec
def metrics() -> Iterable[Metric]:
    """Metrics this plugin offers."""


@hookspec
def probes() -> Iterable[type[Probe]]:
    """Probes this plugin offers."""


@hookspec
def executors() -> Iterable[type[Executor]]:
    """Executors this plugin offers."""


@hookspec
def reports() -> Iterable[type[Report]]:
    """Reports this plugin offers."""


@hookspec
def machine_facts() -> dict[str, Any]:
    """Facts on this machine for every record. Called in each process that runs trials."""


@hookspec
def run_started(trials: list[Trial]) -> None:
    """These trials are about to be handed to the executor."""


@hookspec
def trial_finished(result: Result) -> None:
    """A trial's record has been stored."""
