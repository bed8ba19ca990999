"""Promises that any plugin must keep, for plugin authors to check: `seqbench check`, pytest."""

from seqbench.testing.architectures import ARCHITECTURE_CHECKS
from seqbench.testing.checking import Outcome, check_architecture, check_metric, check_task
from seqbench.testing.metrics import METRIC_CHECKS
from seqbench.testing.tasks import TASK_CHECKS

__all__ = [
    "ARCHITECTURE_CHECKS",
    "METRIC_CHECKS",
    "TASK_CHECKS",
    "Outcome",
    "check_architecture",
    "check_metric",
    "check_task",
]
