"""`--set train.lr=0.01`: values put into a suite as if they stood in its file."""

from collections.abc import Iterable
from typing import Any

from seqbench.catalogue.nearest import nearest, shown
from seqbench.suite.build import Key
from seqbench.suite.problems import Place
from seqbench.suite.yaml import Document, parse

LISTS = ("tasks", "architectures", "report")  # of entries, which a dotted path names by plugin


def edited(document: Document, overrides: Iterable[str]) -> Document:
    """The document with each `key=value` put in, in turn; what is wrong with one is its problem."""
    for override in overrides:
        document = put(document, override)
    return document


def put(document: Document, override: str) -> Document:
    """One `a.b.c=value`. Below tasks, architectures and report, `b` is the name of a plugin."""
    dotted, given, text = override.partition("=")
    place, names = Place(f"--set {dotted.strip()[:80]}"), dotted.strip().split(".")
    if not given or not all(names):
        document.problems.add(place, "write key=value, as in train.lr=0.01")
        return document
    if not isinstance(document.data, dict):
        return document  # no suite at all, as its reader will say
    try:
        value = parse(text, str(place), document.problems).data
        data, paths = grafted(document.data, names, value)
    except ValueError as error:
        document.problems.add(place, str(error))
        return document
    places = {k: p for k, p in document.values.items() if not any(within(k, at) for at in paths)}
    keys = {k: p for k, p in document.keys.items() if not any(within(k, at) for at in paths)}
    new = {at[:i] for at in paths for i in range(1, len(at) + 1)} - places.keys()
    return Document(data, places | dict.fromkeys(new, place), keys, document.problems)


def within(path: Key, top: Key) -> bool:
    """Whether a path is this one or leads on from it."""
    return path[: len(top)] == top


def grafted(data: dict[str, Any], names: list[str], value: Any) -> tuple[Any, list[Key]]:
    """A copy of the data with the value in it, and the paths at which it now stands."""
    whole, (head, *rest) = dict(data), names
    if not rest:
        return whole | {head: value}, [(head,)]
    if head in LISTS:
        whole[head], paths = into_list(head, whole.get(head), rest, value)
    elif head == "executor":
        whole[head], paths = into_entry(whole.get(head, rest[0]), rest, value)
    else:
        whole[head], paths = into_mapping(whole.get(head), rest, value)
    return whole, [(head, *path) for path in paths]


def into_list(kind: str, old: Any, names: list[str], value: Any) -> tuple[Any, list[Key]]:
    """Into every entry of one plugin."""
    entries = list(old) if isinstance(old, list) else []
    if kind == "report" and not any(name_of(entry) == names[0] for entry in entries):
        entries.append(names[0])
    found: list[Key] = []
    for i, entry in enumerate(entries):
        if name_of(entry) == names[0]:
            entries[i], paths = into_entry(entry, names, value)
            found += [(i, *path) for path in paths]
    if not found:
        known = {name for entry in entries if (name := name_of(entry))}
        raise ValueError(f"{kind} has no {shown(names[0])}{nearest(names[0], known)}")
    return entries, found


def into_entry(old: Any, names: list[str], value: Any) -> tuple[Any, list[Key]]:
    """Into `name` or `name: {setting: value}`."""
    name, *rest = names
    if name_of(old) != name:
        raise ValueError(f"the suite's executor is {shown(name_of(old))}, not {shown(name)}")
    if not rest:
        raise ValueError(f"{name} is set by its settings, as in {name}.setting=value")
    settings, paths = into_mapping(old[name] if isinstance(old, dict) else None, rest, value)
    return {name: settings}, [(name, *path) for path in paths]


def into_mapping(old: Any, names: list[str], value: Any) -> tuple[dict[str, Any], list[Key]]:
    """Into nested mappings, made where they are missing."""
    if old is not None and not isinstance(old, dict):
        raise ValueError(f"there is no {names[0]!r} within {shown(old)}")
    whole, (head, *rest) = dict(old or {}), names
    if not rest:
        return whole | {head: value}, [(head,)]
    whole[head], paths = into_mapping(whole.get(head), rest, value)
    return whole, [(head, *path) for path in paths]


def name_of(entry: Any) -> str | None:
    """Of an entry of a list, whichever way it is written."""
    if isinstance(entry, dict) and len(entry) == 1:
        return str(next(iter(entry)))
    return entry if isinstance(entry, str) else None
