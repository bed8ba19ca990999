"""Metrics of one split, as measurements."""

from collections.abc import Iterable, Mapping

import numpy as np

from seqbench.contract.data import Split
from seqbench.contract.metric import Metric
from seqbench.contract.trial import Coordinates, Measurement


def measure(
    metrics: Iterable[Metric],
    split: Split,
    answers: np.ndarray,
    role: str,
    at: Coordinates,
    chance: Mapping[str, float],
) -> list[Measurement]:
    """Each metric's number; raises ValueError where the answers do not fit the split."""
    steps = split.mask.shape
    if answers.shape[:2] != steps or answers.ndim != 3:
        raise ValueError(f"answers of shape {answers.shape} for a split of {steps} steps")
    return [
        Measurement(
            metric.name,
            float(metric.of(split, answers)),
            split.unit if metric.unit is None else metric.unit,
            role,
            at,
            metric.better,
            chance.get(metric.name),
        )
        for metric in metrics
    ]
