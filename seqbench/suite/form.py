"""Reading plain data against what is expected: each slip is noted with its place."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from typing import Any

from seqbench.catalogue import nearest
from seqbench.catalogue.nearest import shown
from seqbench.catalogue.settings import fields, typed
from seqbench.contract.errors import SeqbenchError
from seqbench.suite.bounds import outside
from seqbench.suite.build import Key
from seqbench.suite.suite import Sweep
from seqbench.suite.yaml import Document


class Form:
    """A document to be read; every method answers with what could be read of it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.spoilt = {place for place, _ in document.problems.found}

    def has(self, key: str) -> bool:
        """Whether a key stands in the suite."""
        data = self.document.data
        return isinstance(data, dict) and key in data

    def slip(self, path: Key, message: str) -> None:
        """Note what is wrong with the value at a path, unless it is known not to be one."""
        place = self.document.place(path)
        if place not in self.spoilt:
            self.document.problems.add(place, message)

    def slip_key(self, path: Key, message: str) -> None:
        """Note what is wrong with the key of the value at a path."""
        self.document.problems.add(self.document.key(path), message)

    def pairs(self, path: Key, value: Any) -> dict[str, Any]:
        """A mapping; nothing at all is an empty one."""
        if isinstance(value, dict | None):
            return value or {}
        self.slip(path, f"{path[-1]} takes `key: value` pairs, not {shown(value)}")
        return {}

    def listed(self, path: Key, value: Any) -> list[tuple[Key, Any]]:
        """The items of a list, with their paths."""
        if not isinstance(value, list):
            hint = f": write [{value}]" if isinstance(value, str) and len(value) < 65 else ""
            self.slip(path, f"{path[-1]} takes a list, not {shown(value)}{hint}")
            return []
        return [((*path, i), item) for i, item in enumerate(value)]

    def text(self, path: Key, value: Any) -> str:
        """A text."""
        if not isinstance(value, str):
            what = [part for part in path if isinstance(part, str)][-1]
            self.slip(path, f"{what} takes a text, not {shown(value)}: put it in quotes")
            return ""
        return value

    def entry(self, path: Key, value: Any) -> tuple[str, dict[str, Any], Key] | None:
        """`name` or `name: {setting: value}`, as a name, its settings and their path.

        `name: [part, part]` is short for one value of the setting `of`.
        """
        if isinstance(value, str):
            return value, {}, (*path, value)
        if isinstance(value, dict) and len(value) == 1:
            name, settings = next(iter(value.items()))
            if isinstance(settings, list) and settings and path[0] == "architectures":
                settings = {"of": [settings]}
            return name, self.pairs((*path, name), settings), (*path, name)
        beside = isinstance(value, dict) and None in value.values()
        hint = "; indent the settings below their name" if beside else ""
        self.slip(path, f"write name, or `name: {{setting: value}}`, not {shown(value)}{hint}")
        return None

    def entries(self, path: Key, value: Any) -> Iterator[tuple[str, dict[str, Any], Key]]:
        """A list of entries."""
        for at, item in self.listed(path, value):
            if entry := self.entry(at, item):
                yield entry

    def sweep(self, path: Key, label: str, cls: Any, given: Mapping[str, Any]) -> Sweep:
        """Settings of a dataclass, each a value or a list to sweep over."""
        found = {}
        for key, value in self.known(path, label, cls, given):
            at = (*path, key)
            if value == []:
                self.slip(at, f"{label}.{key}: an empty list sweeps over nothing")
            items = [((*at, i), v) for i, v in enumerate(value)] if isinstance(value, list) else []
            read = [
                self.one(where, label, cls, key, item) for where, item in items or [(at, value)]
            ]
            found[key] = tuple(item for item in read if item is not MISSING)
        return found

    def single(self, path: Key, label: str, cls: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """Settings of a dataclass, each one value."""
        found = {}
        for key, value in self.known(path, label, cls, given):
            one = self.one((*path, key), label, cls, key, value)
            if one is not MISSING:
                found[key] = one
        return found

    def known(
        self, path: Key, label: str, cls: Any, given: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        """Those of the settings that the dataclass has."""
        names = [field.name for field in fields(cls)]
        for key, value in given.items():
            if key in names:
                yield key, value
            else:
                self.slip_key((*path, key), f"{label} has no {shown(key)}{nearest(key, names)}")

    def one(self, path: Key, label: str, cls: Any, key: str, value: Any) -> Any:
        """One value of one setting, or MISSING where it is none."""
        try:
            found = typed(cls, label, key, value)
        except SeqbenchError as error:
            self.slip(path, str(error))
            return MISSING
        if bad := outside(cls, key, found):
            self.slip(path, f"{label}.{key} {bad}, not {shown(found)}")
            return MISSING
        return found
