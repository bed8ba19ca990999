"""Promises that any plugin must keep, for plugin authors to check: `seqbench check`, pytest."""

from seqbench.testing.battery import (
    ARCHITECTURE_CHECKS,
    METRIC_CHECKS,
    PROBE_CHECKS,
    RACE_CHECKS,
    REPORT_CHECKS,
    TASK_CHECKS,
)
from seqbench.testing.check import Check, Findings, Outcome
from seqbench.testing.checking import (
    check,
    check_architecture,
    check_metric,
    check_probe,
    check_report,
    check_task,
)
from seqbench.testing.pytest_checks import Advice, parametrize_checks

__all__ = [
    "ARCHITECTURE_CHECKS",
    "METRIC_CHECKS",
    "PROBE_CHECKS",
    "RACE_CHECKS",
    "REPORT_CHECKS",
    "TASK_CHECKS",
    "Advice",
    "Check",
    "Findings",
    "Outcome",
    "check",
    "check_architecture",
    "check_metric",
    "check_probe",
    "check_report",
    "check_task",
    "parametrize_checks",
]
