"""Each planted fault of a metric is caught by the check that names it, and by no other."""

import numpy as np
import pytest

from seqbench import Metric
from seqbench.testing import METRIC_CHECKS, check_metric


def hits(split, told):
    return (told.argmax(-1) == split.targets)[split.mask]


def share(split, told):
    return float(hits(split, told).mean())


def everywhere(split, told):
    return float((told.argmax(-1) == split.targets).mean())


def mean_of_means(split, told):
    rows = range(len(split))
    return float(np.mean([share(split[k : k + 1], told[k : k + 1]) for k in rows]))


def surprised(split, told):
    """Likes best what is far away, as long as it is not one off."""
    off = np.abs(told.argmax(-1) - split.targets)[split.mask]
    return float(np.where(off == 0, 1.0, np.where(off == 2, 5.0, 0.0)).mean())


def scribbles(split, told):
    value = share(split, told)
    told[:] = np.sort(told, axis=0)
    return value


def same(right, found):
    return float(np.mean([np.array_equal(*pair) for pair in zip(right, found, strict=True)]))


def by_place(right, found):
    at = np.arange(len(right)) + 1.0
    alike = [np.array_equal(*pair) for pair in zip(right, found, strict=True)]
    return float(np.average(alike, weights=at))


FAULTS = {
    "direction": (Metric("m", "lower", share), "right_is_better_than_wrong"),
    "sequences backwards": (
        Metric("m", "lower", same, sequences=True),
        "right_is_better_than_wrong",
    ),
    "no number": (Metric("m", "higher", lambda s, y: [share(s, y)]), "it_gives_a_number"),
    "padding": (Metric("m", "higher", everywhere), "only_counted_steps_count"),
    "means": (Metric("m", "higher", mean_of_means), "steps_weigh_alike"),
    "bound": (Metric("m", "higher", surprised), "nothing_beats_the_right"),
    "scribbles": (Metric("m", "higher", scribbles), "arrays_are_unchanged"),
    "too few steps": (
        Metric("m", "higher", share, steps=lambda s, y: hits(s, y)[1:]),
        "steps_make_the_whole",
    ),
    "other steps": (
        Metric("m", "higher", share, steps=lambda s, y: hits(s, y) / 2),
        "steps_make_the_whole",
    ),
    "steps backwards": (
        Metric("m", "higher", share, steps=lambda s, y: hits(s, y)[::-1]),
        "steps_make_the_whole",
    ),
    "order": (Metric("m", "higher", by_place, sequences=True), "sequences_are_told_apart"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_by_the_check_that_names_it_and_by_no_other(fault):
    metric, check = FAULTS[fault]
    assert {one.check for one in check_metric(metric).failed} == {check}


def test_every_check_has_a_fault_that_it_catches():
    assert {check for _, check in FAULTS.values()} == {check.name for check in METRIC_CHECKS}


@pytest.mark.parametrize(
    "metric", [Metric("m", "higher", share), Metric("m", "higher", same, sequences=True)]
)
def test_what_is_sound_passes(metric):
    assert check_metric(metric).failed == []
