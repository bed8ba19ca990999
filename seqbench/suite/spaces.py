"""Reading where a search looks for a setting: among values, or between two ends."""

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any

from seqbench.catalogue.nearest import shown
from seqbench.suite.build import Key
from seqbench.suite.form import Form
from seqbench.suite.search import Space

MOST = {int: 2**53, float: 1e300}  # beyond, sums and differences go wrong
NEAR = 1e-6  # a range narrower than this share of its ends hardly has numbers in it
WRITTEN = "[1, 2], {log: [1e-4, 1e-2]} or {from: 0.0, to: 0.5}"
POINTS = 10_000


def space(form: Form, path: Key, label: str, cls: Any, value: Any) -> Space | None:
    """The space that a suite writes for one setting of a dataclass, or None with a slip noted."""
    key = str(path[-1])
    if isinstance(value, list) and value:
        read = [form.one((*path, i), label, cls, key, item) for i, item in enumerate(value)]
        found = [item for item in read if item is not MISSING]
        if len({repr(item) for item in found}) < len(found):
            form.slip(path, f"{label}.{key}: one value stands there twice")
        return Space(tuple(found)) if len(found) == len(value) else None
    if isinstance(value, dict) and value.keys() - {"points"} in ({"log"}, {"from", "to"}):
        return between(form, path, label, cls, value)
    form.slip(path, f"{label}.{key}: write {WRITTEN}, not {shown(value)}")
    return None


def between(form: Form, path: Key, label: str, cls: Any, value: Mapping[str, Any]) -> Space | None:
    """`{log: [a, b]}` or `{from: a, to: b}`, each with `points` or without."""
    key, log = str(path[-1]), "log" in value
    if log and not (isinstance(value["log"], list) and len(value["log"]) == 2):
        form.slip((*path, "log"), f"{label}.{key}: log takes [least, most]")
        return None
    places = [(*path, "log", 0), (*path, "log", 1)] if log else [(*path, "from"), (*path, "to")]
    given = value["log"] if log else [value["from"], value["to"]]
    read = [form.one(at, label, cls, key, it) for at, it in zip(places, given, strict=True)]
    if MISSING in read:
        return None
    if not all(type(it) in (int, float) for it in read):
        form.slip(path, f"{label}.{key} has no numbers to look between; write a list")
        return None
    least, most = read
    if what := unfit(least, most, log):
        form.slip(path, f"{label}.{key}: from {shown(least)} to {shown(most)} {what}")
        return None
    points = value.get("points", 0)
    if "points" in value and not (type(points) is int and 2 <= points <= POINTS):
        what = f"points takes a whole number from 2 to {POINTS}"
        form.slip((*path, "points"), f"{what}, not {shown(points)}")
        return None
    return Space((), least, most, log, type(least) is type(most) is int, points)


def unfit(least: float, most: float, log: bool) -> str | None:
    """Why nothing can be looked for between two ends, or None where it can."""
    if log and least <= 0:
        return "is no range; log needs more than 0"
    if least >= most:
        return "is no range"
    if any(abs(end) > MOST[type(end)] for end in (least, most)):
        return f"is too wide; ends are at most {MOST[int]} if whole, or {MOST[float]:g}"
    near = NEAR * max(abs(least), abs(most), 1e-290)
    return "is too narrow; write a list" if most - least < near else None
