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
    steps = split.inputs.shape[:2]
    if answers.shape[:2] != steps or answers.ndim != 3:
        raise ValueError(f"answers of shape {answers.shape} for a split of {steps} steps")
    counted = answers[split.mask] if split.mask.shape == steps else real(split, answers)
    if lost := int(np.isnan(counted).any(axis=-1).sum()):
        raise Diverged(f"{lost} of {len(counted)} answers on {role} are NaN")
    return [
        told(metric, metric.of(split, answers), split.unit, role, at, chance) for metric in metrics
    ]


def measure_sequences(
    metrics: Iterable[Metric],
    right: list[np.ndarray],
    found: list[np.ndarray],
    role: str,
    at: Coordinates,
    chance: Mapping[str, float],
) -> list[Measurement]:
    """Each number of those metrics that look at whole sequences."""
    return [told(metric, metric.of(right, found), "", role, at, chance) for metric in metrics]


def told(
    metric: Metric,
    value: float,
    unit: str,
    role: str,
    at: Coordinates,
    chance: Mapping[str, float],
) -> Measurement:
    """A number with what is known of it."""
    unit = unit if metric.unit is None else metric.unit
    guess = chance.get(metric.name)
    return Measurement(metric.name, float(value), unit, role, at, metric.better, guess)


def real(split: Split, answers: np.ndarray) -> np.ndarray:
    """The answers at steps that are no padding, (counted, channels)."""
    if split.lengths is None:
        return answers.reshape(-1, answers.shape[2])
    return answers[np.arange(answers.shape[1]) < split.lengths[:, None]]
