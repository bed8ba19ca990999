"""`{from: 5, to: 40}`: a setting of a task that varies within training; and what else may vary."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, replace
from itertools import product
from typing import Any

import numpy as np

from seqbench.catalogue.nearest import shown
from seqbench.catalogue.settings import construct, fields, typed
from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.contract.signature import Signature
from seqbench.suite.build import Key
from seqbench.suite.form import Form
from seqbench.suite.suite import Entry
from seqbench.suite.sweep import combinations

WRITTEN = "{from: 5, to: 40}"
LOOKED_AT = 100  # values of one range


def meant_as_ranges(name: str, cls: Any, given: Mapping[str, Any]) -> list[str]:
    """The settings that are given a mapping, or a list with one, and do not take it."""
    known, found = {field.name for field in fields(cls)}, []
    for key, value in given.items():
        items = value if isinstance(value, list) else [value]
        if key in known and any(isinstance(item, dict) for item in items):
            try:
                for item in items:
                    typed(cls, name, key, item)
            except SeqbenchError:
                found.append(key)
    return found


def refuse_ranges(form: Form, path: Key, keys: Iterable[str]) -> None:
    """Note ranges of an architecture's."""
    for key in keys:
        form.slip((*path, key), f"{path[-1]}.{key} takes no range; only a task's settings do")


def varying(
    form: Form, path: Key, cls: Any, entry: Entry, varied: Mapping[str, Any], climb: Any
) -> Entry:
    """The entry with what is said of its ranges and, by `climb`, of its curriculum."""
    read = {key: ends(form, (*path, key), cls, value) for key, value in varied.items()}
    ranges = {key: found for key, found in read.items() if found}
    at = (*path, "curriculum")
    if not isinstance(climb, bool):
        form.slip(at, f"curriculum takes true or false, not {shown(climb)}")
    elif climb and not varied:
        form.slip_key(at, f"curriculum needs a setting with a range, as in length: {WRITTEN}")
    most = {key: (top,) for key, (_, top) in ranges.items()}
    settings = {**entry.settings, **most}
    return replace(entry, settings=settings, ranges=ranges, curriculum=climb is True)


def ends(form: Form, path: Key, cls: Any, value: Any) -> tuple[int, int] | None:
    """Least and most of one range."""
    key, label = str(path[-1]), f"{path[-2]}.{path[-1]}"
    if isinstance(value, list):
        form.slip(path, f"{label}: a list holds no range; write an entry of its own for each")
        return None
    if value.keys() != {"from", "to"}:
        form.slip(path, f"{label}: a range is written {WRITTEN}, not {shown(value)}")
        return None
    read = [form.one((*path, end), str(path[-2]), cls, key, value[end]) for end in ("from", "to")]
    if MISSING in read:
        return None
    least, most = read
    if type(least) is not int or type(most) is not int:
        form.slip(path, f"{label} takes no range, which is of whole numbers")
    elif least >= most:
        form.slip(path, f"{label}: from {least} to {most} is no range; from must be less than to")
    else:
        return least, most
    return None


def held(form: Form, path: Key, cls: Any, entry: Entry) -> None:
    """Note where a range or a test changes more of what goes in and out than its length."""
    for settings in combinations(cls, entry.settings):
        try:
            usual = signature(cls, settings)
        except SeqbenchError:
            continue  # told already
        for at, change in changes(cls, path, entry):
            try:
                other = signature(cls, settings | change)
            except SeqbenchError as error:
                if "test" not in at:  # those were told of already
                    form.slip_key(at, str(error))
                continue
            if usual and other and (what := difference(usual, other)):
                inside = ", ".join(f"{key}={shown(value)}" for key, value in change.items())
                slip = f"{entry.name}({inside}): {what}; within one trial only the length may vary"
                form.slip_key(at, slip)


def difference(usual: Signature, other: Signature) -> str | None:
    """What differs beside the length, in words."""
    for part, verb in (("inputs", "are"), ("outputs", "are"), ("causal", "is"), ("varied", "is")):
        one, two = getattr(usual, part), getattr(other, part)
        if one != two:
            return f"{part} {verb} {two}, not {one}"
    return None


def changes(cls: Any, path: Key, entry: Entry) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Settings that one model meets beside the usual ones, and where the suite says so."""
    for key, (least, most) in entry.ranges.items():
        count = min(most - least + 1, LOOKED_AT)
        for value in np.linspace(least, most, count).round().astype(int).tolist():
            yield (*path, key), {key: value}
    if len(entry.ranges) > 1:
        for corner in product(*entry.ranges.values()):
            yield path, dict(zip(entry.ranges, corner, strict=True))
    for test in combinations(cls, entry.test) if entry.test else ():
        yield (*path, "test", *test) if len(test) == 1 else (*path, "test"), test


def signature(cls: Any, settings: Mapping[str, Any]) -> Signature | None:
    """Of the task with these settings, or None where it lacks data to tell."""
    try:
        found: Signature = construct(cls, cls.name, settings).signature()
    except Missing:
        return None
    return found
