"""YAML to plain data and the place of each value. Nothing is constructed, all is budgeted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from seqbench.catalogue.nearest import shown
from seqbench.suite.build import ALIASES, DEPTH, VALUES, Builder, Key, written
from seqbench.suite.problems import Place, Problems
from seqbench.suite.scalar import UNPRINTABLE

BYTES = 2**20
# libyaml where it is there: it reads 30 times as fast, and its marks are the same
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True)
class Document:
    """Plain data, and where each value, and the key before it, was written.

    A path is the keys and indices that lead to a value: `("tasks", 0, "char_lm", "length")`.
    """

    data: Any
    values: Mapping[Key, Place]
    keys: Mapping[Key, Place] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)

    def place(self, path: Key) -> Place:
        """Of a value, or of the nearest thing around it."""
        while path not in self.values:
            path = path[:-1]
        return self.values[path]

    def key(self, path: Key) -> Place:
        """Of the key that a value stands under, or of the value where it has none."""
        return self.keys.get(path) or self.place(path)


def load(path: Path) -> Document:
    """Read a file. Raises SeqbenchError where it is no YAML; slips within are its problems."""
    problems, name = Problems(), str(path)
    try:
        if not path.is_file():
            what = "this is no file but a folder or a device" if path.exists() else "no such file"
            problems.stop(Place(name), what)
        with path.open("rb") as stream:
            raw = stream.read(BYTES + 1)
    except OSError as error:
        problems.stop(Place(name), f"it cannot be read: {error.strerror}")
    if len(raw) > BYTES:
        problems.stop(Place(name), f"it is larger than {BYTES} bytes, the most a suite may have")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", errors="replace")
        problems.stop(at(name, before), f"the byte 0x{raw[error.start]:02x} is not UTF-8 text")
    return parse(text, name, problems)


def parse(text: str, source: str, problems: Problems | None = None) -> Document:
    """Read a text of which errors speak as `source`."""
    problems = Problems() if problems is None else problems
    if bad := UNPRINTABLE.search(text):
        place = at(source, text[: bad.start()])
        problems.stop(place, f"the control character U+{ord(bad.group()):04X} is no text")
    if tag := re.search(r"^%TAG", text, re.MULTILINE):  # many take libyaml seconds
        problems.stop(at(source, text[: tag.start()]), "tags are not allowed")
    try:
        survey(text, source, problems)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(source, mark.line + 1, mark.column + 1) if mark else Place(source)
        said = ": ".join(filter(None, (error.context, error.problem)))
        problems.stop(place, f"not YAML: {said}")
    except yaml.YAMLError as error:
        problems.stop(Place(source), f"not YAML: {' '.join(str(error).split())}")
    if node is None:
        return Document(None, {(): Place(source)}, {}, problems)
    builder = Builder(source, problems)
    return Document(builder.value(node, ()), builder.values, builder.keys, problems)


def survey(text: str, source: str, problems: Problems) -> None:
    """Hold a text to its budgets before anything recursive sees it.

    libyaml's composer ends the process on 60 kB of `[`; its events come one by one.
    """
    depth = aliases = values = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        values += isinstance(event, yaml.NodeEvent)
        if tag := getattr(event, "tag", None):
            problems.add(written(source, event), f"tags are not allowed: {shown(tag)}")
        if depth > DEPTH:
            problems.stop(written(source, event), f"nested deeper than {DEPTH}")
        if aliases > ALIASES:
            problems.stop(written(source, event), f"more than {ALIASES} aliases")
        if values > 2 * VALUES:  # keys are counted here too
            problems.stop(written(source, event), f"more than {VALUES} values")


def at(source: str, before: str) -> Place:
    """The place after a text."""
    return Place(source, before.count("\n") + 1, len(before) - before.rfind("\n"))
