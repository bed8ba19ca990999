"""Runs checks and says of each what came of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from seqbench.contract.architecture import Architecture
from seqbench.contract.errors import Missing
from seqbench.contract.metric import Metric
from seqbench.contract.task import Task
from seqbench.testing.architectures import ARCHITECTURE_CHECKS
from seqbench.testing.metrics import METRIC_CHECKS
from seqbench.testing.tasks import TASK_CHECKS


@dataclass(frozen=True)
class Outcome:
    """What came of one check; `reason` says what to do where it failed, or why it was skipped."""

    check: str
    status: Literal["passed", "failed", "skipped"]
    reason: str = ""


def check_architecture(architecture: Architecture) -> list[Outcome]:
    """Every promise of an architecture, on tiny tasks of every signature it takes."""
    return outcomes(ARCHITECTURE_CHECKS, architecture)


def check_task(task: Task) -> list[Outcome]:
    """Every promise of a task."""
    return outcomes(TASK_CHECKS, task)


def check_metric(metric: Metric) -> list[Outcome]:
    """Every promise of a metric."""
    return outcomes(METRIC_CHECKS, metric)


def outcomes(checks: Iterable[Callable[[Any], None]], thing: Any) -> list[Outcome]:
    """One outcome a check, whatever a check meets."""
    return [_outcome(check, thing) for check in checks]


def _outcome(check: Callable[[Any], None], thing: Any) -> Outcome:
    name = check.__name__
    try:
        check(thing)
    except Missing as lack:
        return Outcome(name, "skipped", str(lack))
    except AssertionError as broken:
        return Outcome(name, "failed", str(broken))
    except Exception as error:
        return Outcome(name, "failed", f"it raised {type(error).__name__}: {error}")
    return Outcome(name, "passed")
