"""Every promise of a plugin, asked in one call."""

from collections.abc import Mapping
from typing import Any

from seqbench.contract.architecture import Architecture
from seqbench.contract.errors import SeqbenchError
from seqbench.contract.metric import Metric
from seqbench.contract.probe import Probe, Race
from seqbench.contract.report import Report
from seqbench.contract.task import Task
from seqbench.testing.battery import (
    ARCHITECTURE_CHECKS,
    METRIC_CHECKS,
    PROBE_CHECKS,
    RACE_CHECKS,
    REPORT_CHECKS,
    TASK_CHECKS,
)
from seqbench.testing.check import Check, Findings
from seqbench.testing.examination import Examination
from seqbench.testing.specimen import Specimen

Excuses = Mapping[str, str] | None  # by check, why it fails

BATTERIES: tuple[tuple[tuple[type, ...], tuple[Check, ...]], ...] = (
    ((Architecture,), ARCHITECTURE_CHECKS),
    ((Task,), TASK_CHECKS),
    ((Metric,), METRIC_CHECKS),
    ((Probe,), PROBE_CHECKS),
    ((Race,), RACE_CHECKS),
    ((Report,), REPORT_CHECKS),
)


def examination(thing: Any, expected_failed: Excuses = None) -> Examination:
    """A plugin, or a class of one with its default settings, before its checks."""
    made: Any = thing() if isinstance(thing, type) else thing
    for kinds, checks in BATTERIES:
        if isinstance(made, kinds):
            subject = Specimen(made) if isinstance(made, Architecture) else made
            return Examination(getattr(made, "name", ""), subject, checks, expected_failed)
    raise SeqbenchError(f"there are no checks for {thing!r}, which is no plugin of a known kind")


def check(thing: Any, expected_failed: Excuses = None) -> Findings:
    """Every promise of a plugin of any kind."""
    return examination(thing, expected_failed).findings()


def check_architecture(architecture: Architecture, expected_failed: Excuses = None) -> Findings:
    """Every promise of an architecture, on tiny tasks of every signature it takes."""
    return check(architecture, expected_failed)


def check_task(task: Task, expected_failed: Excuses = None) -> Findings:
    """Every promise of a task."""
    return check(task, expected_failed)


def check_metric(metric: Metric, expected_failed: Excuses = None) -> Findings:
    """Every promise of a metric."""
    return check(metric, expected_failed)


def check_probe(probe: Probe | Race, expected_failed: Excuses = None) -> Findings:
    """Every promise of a probe, on a small network and a task that it learned a little of."""
    return check(probe, expected_failed)


def check_report(report: Report, expected_failed: Excuses = None) -> Findings:
    """Every promise of a report, on results of every kind and on none."""
    return check(report, expected_failed)
