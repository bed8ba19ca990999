"""The trials of one task with each architecture, searched for or as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any, NamedTuple

from seqbench.catalogue import Catalogue, choice_of
from seqbench.catalogue.settings import construct, fields, typed
from seqbench.contract.architecture import Recipe
from seqbench.contract.errors import SeqbenchError
from seqbench.contract.task import Task
from seqbench.contract.trial import Choice, Trial
from seqbench.suite.races import distinct
from seqbench.suite.search import Search
from seqbench.suite.studies import Known, Setting, Study
from seqbench.suite.suite import Entry, Suite, Sweep
from seqbench.suite.sweep import combinations

Wanted = list[tuple[Entry, list[Choice]]]  # architectures with each of their settings


class Start(NamedTuple):
    """An architecture with its recipe, as the suite has them, and the search that goes on."""

    search: Search | None
    choice: Choice
    recipe: Mapping[str, Any]

    def apart(self, others: list[Start]) -> str:
        """In brackets, what tells this from other searches for the same architecture."""
        mine, *theirs = [{**one.recipe, **said(one.search)} for one in (self, *others)]
        differ = [key for key in mine if any(one[key] != mine[key] for one in theirs)]
        return f"({', '.join(f'{key}={mine[key]}' for key in differ)})" if differ else ""


def said(search: Search | None) -> Mapping[str, Any]:
    """What tells one search from another."""
    if search is None:
        return {}
    how = asdict(search.how)
    over = ", ".join(f"{key} {space}" for key, space in search.over.items())
    return {"search": how.pop("method"), **how, "over": over}


@dataclass(frozen=True)
class Asking:
    """One setting of a task, and what every trial of it has in common.

    `asked` lacks architecture, recipe and seed; `fit` gives an architecture the size of the
    suite's budget; `cut` shortens a trial where that was asked for.
    """

    suite: Suite
    catalogue: Catalogue
    entry: Entry
    task: Task
    asked: Trial
    fit: Callable[[Choice], Choice]
    cut: Callable[[Trial], Trial]
    known: Known

    def baselines(self, names: Mapping[str, Any]) -> Iterator[Trial]:
        """The trivial answers."""
        plain = replace(self.asked, baseline=True, probes=(), curriculum=False)
        for name in names:
            answer = Choice(name, {}, self.asked.task.version)
            for seed in self.suite.seeds:
                yield self.cut(replace(plain, architecture=answer, seed=seed))

    def trials(self, wanted: Wanted) -> Iterator[Trial]:
        """Every architecture in each of its settings, with each recipe."""
        names = {choice.label: name for name, choice in distinct(all_of(wanted)).items()}
        starts = [
            Start(entry.search, choice, recipe)
            for entry, choices in wanted
            for choice, recipe in product(choices, list(self.recipes(entry)))
        ]
        for start in starts:
            if start.search is None:
                for seed in self.suite.seeds:
                    yield self.trial(self.fit(start.choice), start.recipe, seed)
            else:
                alike = [one for one in starts if one.choice == start.choice and one.search]
                name = names[start.choice.label] + start.apart(alike)
                made = self.made(start, start.search)
                if start.search.in_steps:  # else a run would end where one is refused
                    for setting in start.search.some(self.own(start)):
                        made(setting)
                study = Study(name, start.search, self.suite.seeds, made)
                yield from study.trials(self.known)

    def trial(self, choice: Choice, recipe: Mapping[str, Any], seed: int = 0) -> Trial:
        """One of them, whole."""
        return self.cut(replace(self.asked, architecture=choice, train=recipe, seed=seed))

    def own(self, start: Start) -> set[str]:
        """The names of an architecture's own settings."""
        cls = self.catalogue.get("architectures", start.choice.name)
        return {field.name for field in fields(cls)}

    def made(self, start: Start, search: Search) -> Callable[[Setting], Trial]:
        """What makes a trial of a setting that is searched for."""
        name = start.choice.name
        cls, own = self.catalogue.get("architectures", name), self.own(start)

        def made(setting: Setting) -> Trial:
            inside = {key: value for key, value in setting.items() if key in own}
            rest = {key: value for key, value in setting.items() if key not in own}
            try:
                found = construct(cls, name, {**start.choice.settings, **inside})
            except SeqbenchError as error:
                raise SeqbenchError(f"{search.place}: {error}") from error
            recipe = asdict(Recipe(**{**start.recipe, **rest}))
            return self.trial(self.fit(choice_of(found)), recipe)

        return made

    def recipes(self, wanted: Entry) -> Iterator[Mapping[str, Any]]:
        """Each setting of training; what stands nearer to the architecture counts more."""
        task = self.task
        own = {key: typed(Recipe, f"{task.name}.recipe", key, v) for key, v in task.recipe.items()}
        swept: Sweep = {**self.suite.train, **self.entry.train, **wanted.train}
        for given in combinations(Recipe, swept):
            yield asdict(Recipe(**{**own, **given}))


def all_of(wanted: Wanted) -> list[Choice]:
    """Every architecture in every setting."""
    return [choice for _, choices in wanted for choice in choices]
