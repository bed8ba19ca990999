"""Whether there is something in a task to be learned, and to be told by."""

import sys
from dataclasses import replace
from functools import cache

import numpy as np

from seqbench.catalogue import Catalogue, nearest
from seqbench.contract.architecture import Lesson, Model, Recipe
from seqbench.contract.errors import Missing
from seqbench.contract.metric import Metric
from seqbench.contract.signature import Reals, Tokens
from seqbench.contract.task import Task
from seqbench.testing.check import promise
from seqbench.testing.tasks import ROLES, drawn

MANY = 400  # examples of train and of test
BLIND = ("majority", "mean", "silence")  # baselines that look at no input
SIGMAS = 5  # of a share of MANY examples
SHARE = 0.15  # of an error, by which it may be off


@cache
def installed() -> Catalogue:
    """What is installed here, and the plugin files that have been loaded."""
    return Catalogue.installed()


def metric_of(task: Task, name: str) -> Metric | None:
    """A metric of its own module or an installed one; None where there is none of that name."""
    offered = getattr(sys.modules.get(type(task).__module__), "metrics", list)
    own = {metric.name: metric for metric in offered()}
    if name in own or name not in installed().names("metrics"):
        return own.get(name)
    found: Metric = installed().get("metrics", name)
    return found


@promise("api", "Offer each metric by the hook metrics(), or name an installed one")
def metrics_exist(task: Task) -> None:
    """Each of its metrics is installed, or offered by the task's own module."""
    known = installed().names("metrics")
    for name in task.metrics:
        assert metric_of(task, name), f"no metric is called {name!r}{nearest(name, known)}"


@promise(
    "advice",
    "Let chance() tell what guessing without looking really gives",
    ("metrics_are_named", "metrics_exist", "something_counts"),
)
def guessing_scores_chance(task: Task) -> None:
    """Where a task says what a guess gives, guesses that see no input score that.

    Two are fitted: its own baseline, one answer for all steps, and one answer for each step. What
    it says lies between them, or as near as some hundred examples can tell.
    """
    name = task.metrics[0]
    metric, chance = metric_of(task, name), task.chance().get(name)
    blind = [b for b in task.baselines() if b in BLIND]
    if chance is None or metric is None or metric.sequences or not blind:
        raise Missing("it does not say what a guess gives, or has no baseline that only guesses")
    if metric.better == "lower" and not isinstance(task.signature().outputs, Reals):
        raise Missing("a guess that is told by its loss may be any distribution")
    train = task.split("train", MANY, np.random.default_rng(0))
    test = task.split("test", MANY, np.random.default_rng(1))
    lesson = Lesson(task.signature(), train, train, Recipe(), np.random.default_rng(2))
    models = (task.baselines()[blind[0]](lesson), by_step(lesson))
    found = sorted(metric.of(test, m.predict(test.inputs, test.lengths)) for m in models)
    within = SHARE * abs(chance)
    if metric.better == "higher":
        within = SIGMAS * (max(chance * (1 - chance), 0.01) / len(test)) ** 0.5
    said = f"guesses score {found[0]:.3g} to {found[1]:.3g} in {name}, and chance is {chance:.3g}"
    assert found[0] - within <= chance <= found[1] + within, said


def by_step(lesson: Lesson) -> Model:
    """At each step the commonest token, or the mean, of the counted training targets there."""
    kind, train = lesson.io.outputs, lesson.train
    table = np.zeros((lesson.io.length, kind.channels))
    for step in range(train.mask.shape[1]):
        seen = train.targets[train.mask[:, step], step]
        if isinstance(kind, Reals) and len(seen):
            table[step] = seen.mean(axis=0)
        elif len(seen):
            table[step] = np.bincount(seen, minlength=kind.channels)
    return Model(
        lambda x, _: np.broadcast_to(table[: x.shape[1]], (*x.shape[:2], kind.channels)), 0
    )


@promise(
    "claims",
    "Compute the oracle's answers from the inputs, or return None",
    ("something_counts", "quantiles_are_told"),
)
def the_oracle_is_right(task: Task) -> None:
    """Where a task can compute its answers, they are the targets, and found without them."""
    kind = task.signature().outputs
    for role in ROLES:
        split = drawn(task, role)
        unseen = replace(split, targets=np.zeros_like(split.targets))
        answers = task.oracle(unseen)
        if answers is None:
            raise Missing("the task has no oracle")
        wanted = (*split.inputs.shape[:2], kind.channels)
        assert answers.shape == wanted, f"the oracle's shape is {answers.shape}, not {wanted}"
        given, truth = answers[split.mask], split.targets[split.mask]  # (counted, ...)
        if isinstance(kind, Tokens):
            wrong = given.argmax(-1) != truth
        else:
            wrong = ~(np.abs(given - truth) <= 1e-5).all(axis=-1)  # nor is a NaN right
        assert not wrong.any(), f"the oracle errs at {wrong.sum()} of {len(wrong)} counted steps"
