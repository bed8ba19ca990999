"""From a suite to its trials."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, Literal

from seqbench.catalogue import Catalogue, choice_of, nearest
from seqbench.catalogue.nearest import shown
from seqbench.catalogue.settings import construct
from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.contract.signature import Signature
from seqbench.contract.task import Task
from seqbench.contract.trial import AND, Choice, Trial
from seqbench.suite.asking import Asking, all_of
from seqbench.suite.cut import cutting
from seqbench.suite.grid import hold
from seqbench.suite.races import races_of
from seqbench.suite.sizing import Sizing
from seqbench.suite.studies import Known
from seqbench.suite.suite import Entry, Suite
from seqbench.suite.sweep import combinations


def plan(  # noqa: PLR0913  each is a word of the command line
    suite: Suite,
    catalogue: Catalogue,
    *,
    only: Mapping[str, Collection[str]] | None = None,
    quick: bool = False,
    limit: int | None = None,
    yes: bool = False,
    known: Known = lambda trial: None,
) -> list[Trial]:
    """Every trial of a suite, each once, in an order that is always the same.

    `only` keeps some names of `tasks` or `architectures`; `quick` and `limit` (sizes of at most
    so many examples) cut every trial short and mark it as partial. A grid of more than 10,000
    trials is a SeqbenchError unless `yes` is given, and so is a budget that an architecture
    cannot be sized to. A search whose later settings depend on earlier ones goes on from what is
    `known` of those: to be planned again when they have run.
    """
    cut = cutting(quick, limit)
    suite = narrowed(suite, only or {})
    if quick:
        suite = replace(suite, seeds=suite.seeds[:1])
    if not yes:
        hold(suite)
    wanted = [(entry, choices(catalogue, entry)) for entry in suite.architectures]
    sizing = Sizing(catalogue, suite.budget) if suite.budget else None
    trials: dict[str, Trial] = {}
    races: dict[str, Trial] = {}
    for entry in suite.tasks:
        for task, asked in asked_of(suite, catalogue, entry):
            fit = fitting(sizing, task, asked)
            asking = Asking(suite, catalogue, entry, task, asked, fit, cut, known)
            trivial = asking.baselines(trivial_of(task))
            for trial in chain(trivial, asking.trials(wanted)) if suite.fitted else ():
                same = trials.get(trial.id)
                trials[trial.id] = joined(same, trial) if same else trial
            runners = [fit(choice) for choice in all_of(wanted)]
            races |= {race.id: race for race in races_of(suite, catalogue, asked, runners, quick)}
    return [*trials.values(), *races.values()]  # those that run alone come last


def joined(one: Trial, other: Trial) -> Trial:
    """One trial that two entries ask for, with what both want to know of it."""
    tests = (*one.tests, *(test for test in other.tests if test not in one.tests))
    metrics = tuple(dict.fromkeys((*one.metrics, *other.metrics)))
    return replace(one, tests=tests, metrics=metrics, study=both(one.study, other.study))


def both(one: Mapping[str, str], other: Mapping[str, str]) -> Mapping[str, str]:
    """Two searches that try the same."""
    if not (one and other) or other["name"] in one["name"].split(AND):
        return one or other
    return {key: f"{one[key]}{AND}{other[key]}" for key in one}


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


def fitting(sizing: Sizing | None, task: Task, asked: Trial) -> Callable[[Choice], Choice]:
    """What gives architectures the size that meets the suite's budget on this task, if any."""
    io: Signature | None = ask(task, "signature") if sizing else None
    if io is None or sizing is None:
        return lambda choice: choice
    io = replace(io, varied=True) if asked.ranges else io
    return lambda choice: sizing.sized(choice, io, task.name)


def choices(catalogue: Catalogue, wanted: Entry) -> list[Choice]:
    """Each setting of one architecture."""
    cls = catalogue.get("architectures", wanted.name)
    found = combinations(cls, wanted.settings)
    return [choice_of(construct(cls, wanted.name, settings)) for settings in found]


def trivial_of(task: Task) -> Mapping[str, Any]:
    """What a model has to beat: none where data lack, and then there is no score either."""
    answers: Mapping[str, Any] | None = ask(task, "baselines")
    if answers is not None and not answers:
        raise SeqbenchError(
            f"the task {task.name} gives no trivial answer, without which no score says anything; "
            "its baselines() takes one or more"
        )
    return answers or {}


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
