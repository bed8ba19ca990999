"""`search`: what is tried for each architecture on each task before one setting is chosen."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from seqbench.catalogue import nearest
from seqbench.catalogue.nearest import shown
from seqbench.catalogue.settings import fields
from seqbench.contract.architecture import Recipe
from seqbench.suite.build import Key
from seqbench.suite.form import Form
from seqbench.suite.search import Method, Search, Space
from seqbench.suite.spaces import space

OPTUNA = "search.method: tpe needs Optuna: pip install 'seqbench[search]'"


class Searches:
    """Reads the suite's search, and for each architecture what becomes of it there."""

    def __init__(self, form: Form, given: Any) -> None:
        self.form = form
        self.given = form.pairs(("search",), given)
        self.taken: set[str] = set()  # what the suite or a task says of the training
        self.used: set[str] = set()  # keys of `over` that something has

    def of(self, cls: Any, path: Key, own: Any, fixed: Mapping[str, Any]) -> Search | None:
        """The search for an architecture with its own words on it, or None where there is none.

        `fixed` are the settings and the training that the suite gives it already.
        """
        own = self.form.pairs((*path, "search"), own)
        if not (own or self.given):
            return None
        places: dict[str, Key] = {}
        over: dict[str, Any] = {}
        how = Method()
        for top, given in ((("search",), self.given), ((*path, "search"), own)):
            words = {key: value for key, value in given.items() if key != "over"}
            how = replace(how, **self.form.single(top, "search", Method, words))
            inside = self.form.pairs((*top, "over"), given.get("over"))
            over |= inside
            places |= {key: (*top, "over", key) for key in inside}
        found = {
            key: read
            for key, value in sorted(over.items())  # whatever their order, the same is tried
            if (read := self.space(cls, key, value, places[key], strict=key in inside))
        }
        for key in found.keys() & (fixed.keys() | self.taken):
            slip = f"{cls.name}: {key} is searched over; leave it out of one of the two places"
            self.form.slip_key(places[key], slip)
        at = (*path, "search") if own else ("search",)
        search = Search(how, found, str(self.form.document.key(at)))
        if not found and over.keys() & (self.known(cls) | inside.keys()):
            return None  # what is wrong with them was told
        return self.checked(search, cls, at)

    def known(self, cls: Any) -> set[str]:
        """All that can be searched over for an architecture."""
        return {field.name for owner in (cls, Recipe) for field in fields(owner)}

    def space(self, cls: Any, key: str, value: Any, path: Key, strict: bool) -> Space | None:
        """Of one setting of the training or the architecture; None where it has no such setting."""
        for label, owner in ((cls.name, cls), ("train", Recipe)):
            if key in [f.name for f in fields(owner)]:
                self.used.add(key)
                return space(self.form, path, label, owner, value)
        if strict:
            self.used.add(key)
            slip = f"neither {cls.name} nor train has {shown(key)}{nearest(key, self.known(cls))}"
            self.form.slip_key(path, slip)
        return None

    def checked(self, search: Search, cls: Any, path: Key) -> Search | None:
        """The search, or None where there is nothing to try."""
        slip = None
        lost = [key for key, one in search.over.items() if not (one.points or one.size < 10_000)]
        if not search.over:
            slip = f"{cls.name}: nothing to search over; write over: {{lr: {{log: [1e-4, 1e-2]}}}}"
        elif search.how.method == "grid" and lost:
            slip = f"{lost[0]}: a grid needs to know how many: {{log: [1e-4, 1e-2], points: 5}}"
        elif search.how.method == "tpe" and find_spec("optuna") is None:
            slip = OPTUNA
        if slip:
            self.form.slip_key(path, slip)
        return None if slip else search

    def settle(self, classes: list[Any]) -> None:
        """Note what no architecture of the suite has."""
        known = {f.name for owner in (Recipe, *classes) for f in fields(owner)}
        inside = self.given.get("over")
        for key in (inside if isinstance(inside, dict) else {}).keys() - self.used:
            slip = f"neither train nor an architecture of the suite has {shown(key)}"
            self.form.slip_key(("search", "over", key), slip + nearest(key, known))
