"""The entries of a suite, read against the catalogue."""

from dataclasses import dataclass, field, replace
from typing import Any

from seqbench.catalogue import Catalogue, choice_of
from seqbench.catalogue.settings import construct
from seqbench.contract.architecture import Recipe
from seqbench.contract.data import Sizes
from seqbench.contract.errors import SeqbenchError
from seqbench.contract.trial import Choice
from seqbench.suite.budgets import refuse_size
from seqbench.suite.build import Key
from seqbench.suite.form import Form
from seqbench.suite.ranges import held, meant_as_ranges, refuse_ranges, varying
from seqbench.suite.searching import Searches
from seqbench.suite.suite import Entry, Sweep
from seqbench.suite.sweep import combinations, size

TESTS = 1000  # settings at which one trained model is tested, at most
TRIED = 10_000  # combinations of one entry made while reading; plan() refuses more trials anyway


@dataclass
class Entries:
    """Reads entries; what the catalogue lacks is a slip, or, where `lenient`, unresolved."""

    form: Form
    catalogue: Catalogue
    searches: Searches
    lenient: bool = False
    unresolved: list[str] = field(default_factory=list)

    def trained(self, kind: str, value: Any) -> tuple[Entry, ...]:
        """`tasks` or `architectures`; a suite without the key was told so."""
        if value == [] or (value is None and self.form.has(kind)):
            self.form.slip((kind,), f"{kind} is empty; it takes at least one name")
        if not value:
            return ()
        read = [self.entry(kind, *item) for item in self.form.entries((kind,), value)]
        return tuple(entry for entry in read if entry)

    def entry(self, kind: str, name: str, given: dict[str, Any], path: Key) -> Entry | None:
        """One task or architecture with its sweeps."""
        form, own = self.form, dict(given)
        words = ("train", "sizes", "test") if kind == "tasks" else ("train",)
        searched = own.pop("search", None) if kind == "architectures" else None
        said = {word: form.pairs((*path, word), own.pop(word, None)) for word in words}
        climb = own.pop("curriculum", False) if kind == "tasks" else False
        train = form.sweep((*path, "train"), "train", Recipe, said["train"])
        sizes = form.single((*path, "sizes"), "sizes", Sizes, said.get("sizes", {}))
        cls = self.thing(kind, name, path)
        if cls is None:
            return None
        varied = {key: own.pop(key) for key in meant_as_ranges(name, cls, own)}
        entry = Entry(name, form.sweep(path, name, cls, own), train, sizes)
        if kind == "tasks":
            test = self.coordinates((*path, "test"), name, cls, said["test"])
            entry = varying(form, path, cls, replace(entry, test=test), varied, climb)
        else:
            refuse_ranges(form, path, varied)
            fixed = {**entry.settings, **train}
            entry = replace(entry, search=self.searches.of(cls, path, searched, fixed))
            refuse_size(form, path, cls, entry)
        self.metrics_of(cls, path)
        self.combined(cls, entry, path)
        return entry

    def coordinates(self, path: Key, name: str, cls: Any, given: dict[str, Any]) -> Sweep:
        """`test`: what stands beside a measurement in a table, so each value is one word."""
        test = self.form.sweep(path, name, cls, given)
        for key, values in test.items():
            if not all(isinstance(value, bool | int | float | str) for value in values):
                self.form.slip((*path, key), f"test.{key} takes numbers and words only")
        return test

    def thing(self, kind: str, name: str, path: Key) -> Any:
        """What the catalogue has under a name, or None."""
        if self.lenient and name not in self.catalogue.names(kind):
            self.unresolved.append(name)
            return None
        try:
            return self.catalogue.get(kind, name)
        except SeqbenchError as error:
            self.form.slip_key(path, str(error))
            return None

    def metrics_of(self, cls: Any, path: Key) -> None:
        """A task whose metrics are not installed could be trained and never told of."""
        known = self.catalogue.names("metrics")
        for name in getattr(cls, "metrics", ()):
            if name not in known and not self.lenient:
                message = f"{cls.name} is told by the metric {name!r}, which is not installed"
                self.form.slip_key(path, message)

    def combined(self, cls: Any, entry: Entry, path: Key) -> None:
        """Make every combination once: a class may refuse values that each are fine."""
        if size(entry.test) > TESTS:
            message = f"test: {size(entry.test)} combinations; {TESTS} are allowed"
            self.form.slip((*path, "test"), message)
        elif size(entry.settings, entry.test) <= TRIED:
            for settings in combinations(cls, entry.settings):
                for test in combinations(cls, entry.test):
                    self.made(cls, entry.name, settings | test, path)
            if entry.test or entry.ranges:
                held(self.form, path, cls, entry)

    def made(self, cls: Any, name: str, settings: dict[str, Any], path: Key) -> None:
        """Note what a class objects to."""
        try:
            construct(cls, name, settings)
        except SeqbenchError as error:
            self.form.slip_key(path, str(error))

    def reports(self, value: Any) -> tuple[Choice, ...]:
        """`report`."""
        read = [self.choice("reports", *item) for item in self.form.entries(("report",), value)]
        return tuple(choice for choice in read if choice)

    def executor(self, value: Any) -> Choice:
        """`executor`."""
        entry = self.form.entry(("executor",), value)
        return (entry and self.choice("executors", *entry)) or Choice("inline")

    def choice(self, kind: str, name: str, given: dict[str, Any], path: Key) -> Choice | None:
        """One executor or report; a list is no sweep here but a value."""
        if self.thing(kind, name, path) is None:
            return Choice(name, given) if self.lenient else None
        problems = self.catalogue.problems(kind, name, given)
        for key, message in problems:
            known = [setting.name for setting in self.catalogue.settings(kind, name)]
            if key is None or key not in known:
                self.form.slip_key(path if key is None else (*path, key), message)
            else:
                self.form.slip((*path, key), message)
        return None if problems else choice_of(self.catalogue.make(kind, name, given))
