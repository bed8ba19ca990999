"""Metrics of one split, as measurements."""

from collections.abc import Iterable, Mapping

import numpy as np

from seqbench.contract.data import Split
from seqbench.contract.errors import Diverged
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
    """Each metric's number.

    Raises ValueError where the answers do not fit the split, and Diverged where one that counts
    is no number: an argmax of NaN would pass for an answer. (-inf may be a score: a log of 0.)
    """
    steps = split.mask.shape
    if answers.shape[:2] != steps or answers.ndim != 3:
        raise ValueError(f"answers of shape {answers.shape} for a split of {steps} steps")
    if lost := int(np.isnan(answers[split.mask]).any(axis=-1).sum()):
        raise Diverged(f"{lost} of {int(split.mask.sum())} answers on {role} are NaN")
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
