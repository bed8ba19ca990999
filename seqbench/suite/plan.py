"""From a suite to its trials."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, replace
from itertools import product
from typing import Any, Literal

from seqbench.catalogue import Catalogue, choice_of, nearest
from seqbench.catalogue.nearest import shown
from seqbench.catalogue.settings import construct, typed
from seqbench.contract.architecture import Recipe
from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.contract.signature import Signature
from seqbench.contract.task import Task
from seqbench.contract.trial import Choice, Trial
from seqbench.suite.cut import cuts
from seqbench.suite.grid import hold
from seqbench.suite.sizing import Sizing
from seqbench.suite.suite import Entry, Suite, Sweep
from seqbench.suite.sweep import combinations

Wanted = list[tuple[Entry, list[Choice]]]  # architectures with each of their settings


def plan(
    suite: Suite,
    catalogue: Catalogue,
    *,
    only: Mapping[str, Collection[str]] | None = None,
    quick: bool = False,
    limit: int | None = None,
    yes: bool = False,
) -> list[Trial]:
    """Every trial of a suite, each once, in an order that is always the same.

    `only` keeps some names of `tasks` or `architectures`; `quick` and `limit` (sizes of at most
    so many examples) cut every trial short and mark it as partial. A grid of more than 10,000
    trials is a SeqbenchError unless `yes` is given, and so is a budget that an architecture
    cannot be sized to.
    """
    cutting = cuts(quick, limit)
    suite = narrowed(suite, only or {})
    if quick:
        suite = replace(suite, seeds=suite.seeds[:1])
    if not yes:
        hold(suite)
    wanted = [(entry, choices(catalogue, entry)) for entry in suite.architectures]
    sizing = suite.budget and Sizing(catalogue, suite.budget)
    trials: dict[str, Trial] = {}
    for entry in suite.tasks:
        for task, asked in asked_of(suite, catalogue, entry):
            fit = sized(wanted, sizing, task, asked) if sizing else wanted
            for trial in trials_of(suite, entry, task, asked, fit):
                for cut in cutting:
                    trial = cut.short(trial)
                same = trials.get(trial.id)
                trials[trial.id] = joined(same, trial) if same else trial
    return list(trials.values())


def joined(one: Trial, other: Trial) -> Trial:
    """One trial that two entries ask for, with what both want to know of it."""
    tests = (*one.tests, *(test for test in other.tests if test not in one.tests))
    metrics = tuple(dict.fromkeys((*one.metrics, *other.metrics)))
    return replace(one, tests=tests, metrics=metrics)


def narrowed(suite: Suite, only: Mapping[str, Collection[str]]) -> Suite:
    """The suite with nothing but the named entries."""
    kept: dict[str, Any] = {}
    for kind, names in only.items():
        if kind not in ("tasks", "architectures"):
            known = nearest(kind, ("tasks", "architectures"))
            raise SeqbenchError(f"--only: {shown(kind)} is no kind to choose from{known}")
        entries: tuple[Entry, ...] = getattr(suite, kind)
        known_names = {entry.name for entry in entries}
        for name in sorted(set(names) - known_names):
            slip = f"{shown(name)} is not among the suite's {kind}"
            raise SeqbenchError(f"--only: {slip}{nearest(name, known_names)}")
        kept[kind] = tuple(entry for entry in entries if entry.name in names)
    return replace(suite, **kept)


def asked_of(suite: Suite, catalogue: Catalogue, entry: Entry) -> Iterator[tuple[Task, Trial]]:
    """Each setting of one task, and a trial of it that lacks its architecture yet."""
    cls = catalogue.get("tasks", entry.name)
    tests = tuple(combinations(cls, entry.test)) if entry.test else ()
    for settings in combinations(cls, entry.settings):
        task: Task = construct(cls, entry.name, settings)
        for test in tests:
            construct(cls, entry.name, settings | test)
        yield (
            task,
            Trial(
                task=choice_of(task),
                architecture=Choice(""),
                seed=0,
                sizes=replace(task.sizes, **{**suite.sizes, **entry.sizes}),
                data=ask(task, "checksum"),
                metrics=tuple(dict.fromkeys((*task.metrics, *suite.measure))),
                tests=tests,
                probes=suite.probes,
                ranges=entry.ranges,
                curriculum=entry.curriculum,
            ),
        )


def trials_of(
    suite: Suite, entry: Entry, task: Task, asked: Trial, wanted: Wanted
) -> Iterator[Trial]:
    """The trivial answers first, then every architecture in each of its settings."""
    for name in ask(task, "baselines") or ():
        answer = Choice(name, {}, asked.task.version)
        for seed in suite.seeds:
            yield replace(
                asked, architecture=answer, seed=seed, baseline=True, probes=(), curriculum=False
            )
    for architecture, settings in wanted:
        recipes = list(recipes_of(suite, task, entry, architecture))
        for choice, recipe, seed in product(settings, recipes, suite.seeds):
            yield replace(asked, architecture=choice, train=recipe, seed=seed)


def sized(wanted: Wanted, sizing: Sizing, task: Task, asked: Trial) -> Wanted:
    """The architectures, each at the size that meets the suite's budget on this task."""
    io: Signature | None = ask(task, "signature")
    if io is None:
        return wanted
    if asked.ranges:
        io = replace(io, varied=True)
    return [
        (entry, [sizing.sized(choice, io, task.name) for choice in found])
        for entry, found in wanted
    ]


def choices(catalogue: Catalogue, wanted: Entry) -> list[Choice]:
    """Each setting of one architecture."""
    cls = catalogue.get("architectures", wanted.name)
    found = combinations(cls, wanted.settings)
    return [choice_of(construct(cls, wanted.name, settings)) for settings in found]


def recipes_of(
    suite: Suite, task: Task, entry: Entry, wanted: Entry
) -> Iterator[Mapping[str, Any]]:
    """Each setting of training; what stands nearer to the architecture counts more."""
    own = {key: typed(Recipe, f"{task.name}.recipe", key, v) for key, v in task.recipe.items()}
    swept: Sweep = {**suite.train, **entry.train, **wanted.train}
    for given in combinations(Recipe, swept):
        yield asdict(Recipe(**{**own, **given}))


def ask(task: Task, question: Literal["checksum", "baselines", "signature"]) -> Any:
    """What a task says of itself; None where it lacks data to, as its trials will tell."""
    try:
        return getattr(task, question)()
    except Missing:
        return None
    except SeqbenchError:
        raise
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        raise SeqbenchError(f"the task {task.name} fails in {question}(): {text}") from error
