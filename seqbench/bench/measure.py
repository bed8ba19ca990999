"""Metrics of one split, as measurements."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from seqbench.bench.spread import Interval, over_blocks
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
    refuse_nan(split, answers, role)
    found = []
    for metric in metrics:
        value, span = number(metric, split, answers, role == "test" and not at)
        found.append(spanned(told(metric, value, split.unit, role, at, chance), span))
    return found


def refuse_nan(split: Split, answers: np.ndarray, role: str) -> None:
    """Raise Diverged where an answer that counts is no number."""
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isnan(answers.sum()):  # which it is if any is
            return
    counted = answers[split.mask] if split.mask.shape == answers.shape[:2] else real(split, answers)
    if lost := int(np.isnan(counted).any(axis=-1).sum()):
        raise Diverged(f"{lost} of {len(counted)} answers on {role} are NaN")


def number(
    metric: Metric, split: Split, answers: np.ndarray, spans: bool
) -> tuple[float, Interval | None]:
    """A metric's number and, where it is asked for, its interval over examples."""
    if metric.steps is None:
        value = metric.of(split, answers)
        return value, spread(metric, split, answers, value) if spans else None
    each, counted = metric.steps(split, answers), int(np.count_nonzero(split.mask))
    if len(each) != counted:
        raise ValueError(f"{metric.name}.steps gives {len(each)} numbers of {counted} steps")
    value = float(each.mean())
    return value, spread_of_steps(each, split, value) if spans else None


def spread_of_steps(each: np.ndarray, split: Split, value: float) -> Interval | None:
    """The interval over examples of a mean of counted steps, from what it is the mean of."""
    ends = np.concatenate([[0], np.count_nonzero(split.mask, axis=1).cumsum()])

    def part(rows: slice) -> tuple[float, tuple[float, ...]]:
        some = each[ends[rows.start] : ends[rows.stop]]
        return float(some.mean()) if len(some) else 0.0, (len(some),)

    return over_blocks(len(split), value, part)


def spread(metric: Metric, split: Split, answers: np.ndarray, value: float) -> Interval | None:
    """The same of any metric, asked block by block."""

    def part(rows: slice) -> tuple[float, tuple[float, ...]]:
        some = split[rows]
        counted = int(np.count_nonzero(some.mask))
        return metric.of(some, answers[rows]) if counted else 0.0, (counted,)

    return over_blocks(len(split), value, part)


def measure_sequences(
    metrics: Iterable[Metric],
    right: list[np.ndarray],
    found: list[np.ndarray],
    role: str,
    at: Coordinates,
    chance: Mapping[str, float],
) -> list[Measurement]:
    """Each number of those metrics that look at whole sequences."""
    numbers = []
    for metric in metrics:
        value = metric.of(right, found)
        span = spread_of_sequences(metric, right, found, value) if role == "test" else None
        numbers.append(spanned(told(metric, value, "", role, at, chance), span))
    return numbers


def spread_of_sequences(
    metric: Metric, right: list[np.ndarray], found: list[np.ndarray], value: float
) -> Interval | None:
    """The number's interval over examples: a mean of sequences, or of their tokens."""

    def part(rows: slice) -> tuple[float, tuple[float, ...]]:
        some = right[rows]
        return metric.of(some, found[rows]), (len(some), sum(map(len, some)))

    return over_blocks(len(right), value, part)


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


def spanned(number: Measurement, span: Interval | None) -> Measurement:
    """With its interval, where there is one."""
    return number if span is None else replace(number, low=span[0], high=span[1])


def real(split: Split, answers: np.ndarray) -> np.ndarray:
    """The answers at steps that are no padding, (counted, channels)."""
    if split.lengths is None:
        return answers.reshape(-1, answers.shape[2])
    return answers[np.arange(answers.shape[1]) < split.lengths[:, None]]
