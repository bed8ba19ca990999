"""What every metric promises, one function a promise."""

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqbench.contract.data import Split
from seqbench.contract.errors import Missing
from seqbench.contract.metric import Metric
from seqbench.contract.signature import Reals, Signature, Tokens
from seqbench.testing.check import promise
from seqbench.testing.tiny import tiny


@dataclass(frozen=True)
class Case:
    """What a metric is asked: the truth, and answers that are right, wrong, and anything at all."""

    truth: Any
    right: Any
    wrong: Any
    others: tuple[Any, ...]


def cases(metric: Metric) -> list[Case]:
    """Of each kind that the metric takes."""
    return [sequences()] if metric.sequences else [case for _, case in scores(metric)]


def sequences() -> Case:
    """Tokens of different lengths, an empty one among them."""
    rng = np.random.default_rng(0)
    right = [rng.integers(0, 5, size) for size in (4, 1, 7, 0, 3)]
    others = tuple([rng.permutation(row)[: rng.integers(8)] for row in right] for _ in range(20))
    return Case(right, right, [np.append(row + 1, 0) % 5 for row in right], others)


def scores(metric: Metric) -> list[tuple[Split, Case]]:
    """Splits of tokens and of reals, where the metric takes them."""
    if metric.sequences:
        raise Missing("the metric looks at whole sequences")
    found, rng = [], np.random.default_rng(0)
    for kind in (Tokens(4), Reals(3)):
        split = tiny(Signature(kind, kind, 6), rng)
        split = replace(split, mask=split.mask & (np.arange(6) % 2 == 0))
        if isinstance(kind, Tokens):
            right, wrong = (10 * np.eye(4)[(split.targets + k) % 4] for k in (0, 1))
        else:
            right, wrong = split.targets, split.targets + 1
        try:
            metric.of(copy.deepcopy(split), right.copy())
        except (ValueError, IndexError, TypeError):
            continue  # a metric may be for tokens alone, or for reals alone
        others = tuple(rng.normal(size=right.shape) for _ in range(20))
        found.append((split, Case(split, right, wrong, others)))
    assert found, f"{metric.name} takes neither tokens nor reals"
    return found


@promise("api", "Declare `better` as it is: higher or lower", ("arrays_are_unchanged",))
def right_is_better_than_wrong(metric: Metric) -> None:
    """The declared direction is true."""
    sign = 1 if metric.better == "higher" else -1
    for case in cases(metric):
        good, bad = metric.of(case.truth, case.right), metric.of(case.truth, case.wrong)
        assert sign * good > sign * bad, f"right gives {good}, wrong {bad}: not {metric.better}"


@promise("api", "Return a float, and no NaN where answers are numbers", ("arrays_are_unchanged",))
def it_gives_a_number(metric: Metric) -> None:
    """Of any finite answers comes one finite number, and the same one again."""
    for case in cases(metric):
        for told in (case.right, case.wrong):
            found, again = metric.of(case.truth, told), metric.of(case.truth, told)
            number = isinstance(found, float | int) and np.isfinite(found)
            assert number, f"it gives {found!r}"
            assert found == again, f"it gives {found}, and {again} the second time"


@promise(
    "api", "Let the right answers have the best number there is", ("right_is_better_than_wrong",)
)
def nothing_beats_the_right(metric: Metric) -> None:
    """Right answers are at the metric's bound: no others are better."""
    sign = 1 if metric.better == "higher" else -1
    for case in cases(metric):
        best = sign * metric.of(case.truth, case.right)
        for told in case.others:
            other = sign * metric.of(case.truth, told)
            assert other <= best, f"other answers give {sign * other}, right ones {sign * best}"


@promise("api", "Copy an array before writing into it")
def arrays_are_unchanged(metric: Metric) -> None:
    """It writes into neither the truth nor the answers."""
    for case in cases(metric):
        kept = copy.deepcopy(case)
        metric.of(case.truth, case.right)
        for before, after in ((kept.truth, case.truth), (kept.right, case.right)):
            pairs = zip(arrays(before), arrays(after), strict=True)
            same = all(np.array_equal(one, other) for one, other in pairs)
            assert same, f"{metric.name} wrote into an array that it was given"


def arrays(given: Any) -> list[np.ndarray]:
    """All that a split, an array or a list of them is made of."""
    if isinstance(given, Split):
        return [given.inputs, given.targets, given.mask]
    return list(given)


@promise("api", "Give in steps a row for each counted step, in order; their mean is `of`")
def steps_make_the_whole(metric: Metric) -> None:
    """What it says it is the mean of is what it is the mean of, example after example."""
    if metric.steps is None:
        raise Missing("it gives no numbers of single steps")
    for split, case in scores(metric):
        told = np.where(np.arange(len(split))[:, None, None] < 3, case.right, case.wrong)
        each, counted = metric.steps(split, told.copy()), int(split.mask.sum())
        assert len(each) == counted, f"it gives {len(each)} numbers of {counted} steps"
        for rows in (slice(3), slice(None)):
            whole = metric.of(split[rows], told[rows].copy())
            mean = float(np.mean(each[: int(split[rows].mask.sum())]))
            assert np.isclose(mean, whole, rtol=1e-6), f"their mean is {mean}, and it is {whole}"


@promise("api", "Look at targets and answers at split.mask alone", ("it_gives_a_number",))
def only_counted_steps_count(metric: Metric) -> None:
    """An answer at a step that the mask leaves out changes nothing."""
    for split, case in scores(metric):
        right, wrong = case.right, case.wrong
        mixed = np.where(split.mask[..., None], right, wrong)
        same = metric.of(split, right) == metric.of(split, mixed)
        assert same, f"{metric.name} looks at steps that do not count"


@promise(
    "api",
    "Take the mean over all counted steps at once, not of means of examples or batches",
    ("only_counted_steps_count",),
)
def steps_weigh_alike(metric: Metric) -> None:
    """Of two parts, the whole is the mean weighed by counted steps."""
    for split, case in scores(metric):
        right, wrong = case.right, case.wrong
        mask = split.mask.copy()
        mask[:2, 2:] = False  # so that the parts differ in counted steps per example
        split = replace(split, mask=mask)
        answers = np.where(np.arange(len(split))[:, None, None] < 3, right, wrong)
        parts = [(split[:3], answers[:3]), (split[3:], answers[3:])]
        steps = [int(part.mask.sum()) for part, _ in parts]
        whole = np.average([metric.of(*part) for part in parts], weights=steps)
        near = np.isclose(metric.of(split, answers), whole, rtol=1e-5)
        assert near, f"{metric.name} of the whole is not the mean of its parts"


@promise(
    "api",
    "Compare the two lists pair by pair, and let their order be no matter",
    ("right_is_better_than_wrong",),
)
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
