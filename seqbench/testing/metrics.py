"""What every metric promises, one function a promise."""

from dataclasses import replace

import numpy as np

from seqbench.contract.data import Split
from seqbench.contract.errors import Missing
from seqbench.contract.metric import Metric
from seqbench.contract.signature import Reals, Signature, Tokens
from seqbench.testing.tiny import tiny


def cases(metric: Metric) -> list[tuple[Split, np.ndarray, np.ndarray]]:
    """Splits with a right and a wrong answer, of the kinds that the metric takes."""
    if metric.sequences:
        raise Missing("the metric looks at whole sequences")
    found = []
    for kind in (Tokens(4), Reals(3)):
        split = tiny(Signature(kind, kind, 6), np.random.default_rng(0))
        mask = split.mask & (np.arange(6) % 2 == 0)
        split = replace(split, mask=mask)
        if isinstance(kind, Tokens):
            right, wrong = (10 * np.eye(4)[(split.targets + k) % 4] for k in (0, 1))
        else:
            right, wrong = split.targets, split.targets + 1
        try:
            metric.of(split, right)
        except (ValueError, IndexError, TypeError):
            continue  # a metric may be for tokens alone, or for reals alone
        found.append((split, right, wrong))
    assert found, f"{metric.name} takes neither tokens nor reals"
    return found


def right_is_better_than_wrong(metric: Metric) -> None:
    """The declared direction is true."""
    sign = 1 if metric.better == "higher" else -1
    for split, right, wrong in cases(metric):
        good, bad = metric.of(split, right), metric.of(split, wrong)
        assert sign * good > sign * bad, f"right gives {good}, wrong {bad}: not {metric.better}"


def only_counted_steps_count(metric: Metric) -> None:
    """An answer at a step that the mask leaves out changes nothing."""
    for split, right, wrong in cases(metric):
        mixed = np.where(split.mask[..., None], right, wrong)
        same = metric.of(split, right) == metric.of(split, mixed)
        assert same, f"{metric.name} looks at steps that do not count"


def steps_weigh_alike(metric: Metric) -> None:
    """Of two parts, the whole is the mean weighed by counted steps."""
    for split, right, wrong in cases(metric):
        mask = split.mask.copy()
        mask[:2, 2:] = False  # so that the parts differ in counted steps per example
        split = replace(split, mask=mask)
        answers = np.where(np.arange(len(split))[:, None, None] < 3, right, wrong)
        parts = [(split[:3], answers[:3]), (split[3:], answers[3:])]
        steps = [int(part.mask.sum()) for part, _ in parts]
        whole = np.average([metric.of(*part) for part in parts], weights=steps)
        near = np.isclose(metric.of(split, answers), whole, rtol=1e-5)
        assert near, f"{metric.name} of the whole is not the mean of its parts"


def sequences_are_told_apart(metric: Metric) -> None:
    """Right sequences are better than wrong ones, and the order of the examples is no matter."""
    if not metric.sequences:
        raise Missing("the metric looks at scores of single steps")
    rng = np.random.default_rng(0)
    right = [rng.integers(0, 5, size) for size in (4, 1, 7, 3)]
    wrong = [(row + 1) % 5 for row in right]
    half = [*right[:2], *wrong[2:]]
    sign = 1 if metric.better == "higher" else -1
    best, middle, worst = (sign * metric.of(right, found) for found in (right, half, wrong))
    assert best > middle > worst, f"right, half and wrong give {best}, {middle}, {worst}"
    assert metric.of(right[::-1], half[::-1]) == metric.of(right, half), "the order matters"


METRIC_CHECKS = (
    right_is_better_than_wrong,
    only_counted_steps_count,
    steps_weigh_alike,
    sequences_are_told_apart,
)
