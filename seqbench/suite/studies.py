"""The settings that a search tries, and the trials they make."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice, product
from statistics import median
from typing import Any, NamedTuple, Protocol

import numpy as np

from seqbench.contract.trial import Trial
from seqbench.suite.search import Search

Setting = Mapping[str, Any]
WARMUP = 0.25  # of the examples: before, nothing is given up
STARTUP = 4  # settings that have to be through before one is given up


class Told(NamedTuple):
    """What is known of a finished trial that a search goes on from."""

    score: float | None  # on valid, less is better; None where it has none
    curve: tuple[tuple[int, float], ...] = ()  # (examples, loss on valid)
    pruned: bool = False


Known = Callable[[str], Told | None]  # by a trial's id; None where it has not run yet


class Outcome(NamedTuple):
    """What became of one setting: its trial of each seed."""

    setting: Setting
    told: tuple[Told, ...]

    @property
    def score(self) -> float | None:
        """The mean over seeds, or None where a seed has no score."""
        scores = [one.score for one in self.told if one.score is not None]
        return sum(scores) / len(scores) if len(scores) == len(self.told) else None

    @property
    def pruned(self) -> bool:
        """Whether it was given up for at least one seed."""
        return any(one.pruned for one in self.told)


class Sampler(Protocol):
    """Thinks of settings, one after another."""

    name: str  # with the version, where it is another's

    def ask(self, number: int) -> list[Setting]:
        """So many more; fewer where there are no more."""

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """What became of those that were asked for last, in their order."""


class Listed:
    """All settings are known from the start: those of a grid, or drawn at random."""

    def __init__(self, search: Search) -> None:
        self.name: str = search.how.method
        self.left = grid(search) if search.how.method == "grid" else drawn(search)

    def ask(self, number: int) -> list[Setting]:
        """The next ones."""
        return list(islice(self.left, number))

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """They change nothing."""


def grid(search: Search) -> Iterator[Setting]:
    """Every combination."""
    for values in product(*(one.grid() for one in search.over.values())):
        yield dict(zip(search.over, values, strict=True))


def drawn(search: Search) -> Iterator[Setting]:
    """Different settings, at random, until there are as many as are asked for or as there are.

    Each has a stream by its name: two architectures try the same learning rates. (Bergstra and
    Bengio, Random search for hyper-parameter optimization, 2012.)
    """
    streams = {key: stream(search.how.seed, key) for key in search.over}
    seen: set[str] = set()
    number = search.settings
    while len(seen) < number:
        setting = {key: space.draw(streams[key]) for key, space in search.over.items()}
        if (text := repr(setting)) not in seen:
            seen.add(text)
            yield setting


def stream(seed: int, key: str) -> np.random.Generator:
    """Of one name, whatever else is searched over."""
    digest = hashlib.sha256(key.encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest[:16], np.uint32)])


def sampler(search: Search) -> Sampler:
    """By the method's name."""
    if search.how.method == "tpe":
        from seqbench.suite.tpe import Tpe  # only here: Optuna is an extra

        return Tpe(search)
    return Listed(search)


@dataclass(frozen=True)
class Study:
    """A search for one architecture on one task.

    `made(setting)` gives the trial of a setting, of no seed in particular.
    """

    name: str
    search: Search
    seeds: tuple[int, ...]
    made: Callable[[Setting], Trial]

    def trials(self, known: Known) -> Iterator[Trial]:
        """Those that can be named by now: where later settings depend on earlier ones, the next
        few after those that have run.
        """
        how, source = self.search.how, sampler(self.search)
        number = how.at_once if self.search.in_steps else self.search.settings
        before: list[Outcome] = []
        for tried in count(0, number):
            settings = source.ask(max(0, min(number, self.search.settings - tried)))
            found: list[Outcome] = []
            for setting in settings:
                trials = list(self.of(setting, source.name, before))
                yield from trials
                told = tuple(one for one in (known(trial.id) for trial in trials) if one)
                found += [Outcome(setting, told)] if len(told) == len(trials) else []
            if not settings or len(found) < len(settings):
                return  # all are named; or some have not run yet
            source.tell(found)
            before += found

    def of(self, setting: Setting, source: str, before: Sequence[Outcome]) -> Iterator[Trial]:
        """One setting's trial of each seed."""
        trial = self.made(setting)
        study = {"name": self.name, "method": source, "over": ", ".join(self.search.over)}
        for at, seed in enumerate(self.seeds):
            earlier = [one.told[at] for one in before] if self.search.how.prune else []
            yield replace(trial, seed=seed, bars=bars_of(trial.train, earlier), study=study)


def bars_of(recipe: Mapping[str, Any], before: Sequence[Told]) -> tuple[tuple[int, float], ...]:
    """The median loss of those that went through before, at each evaluation after the warm-up.

    (The median rule of Golovin et al., Google Vizier, 2017, and of Optuna's MedianPruner.)
    """
    through = [one.curve for one in before if one.score is not None]
    if len(through) < STARTUP:
        return ()
    every = recipe["examples"] / recipe["evaluations"]
    stages = [round(every * (k + 1)) for k in range(recipe["evaluations"])]
    found = []
    for stage in stages:
        reached = [next((loss for at, loss in curve if at >= stage), None) for curve in through]
        losses = [loss for loss in reached if loss is not None]
        if losses and stage >= WARMUP * recipe["examples"]:
            found.append((stage, median(losses)))
    return tuple(found)
