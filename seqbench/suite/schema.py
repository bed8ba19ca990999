"""A JSON Schema of suites, made from what is installed, for editors that complete and check."""

import dataclasses
from typing import Any

from pydantic_core import to_jsonable_python

from seqbench.catalogue import Catalogue
from seqbench.catalogue.settings import adapter, default, fields, settings
from seqbench.contract.architecture import Recipe
from seqbench.contract.data import Sizes
from seqbench.suite.bounds import NAME, bounds
from seqbench.suite.budgets import MOST
from seqbench.suite.read import NEEDED, SEEDS
from seqbench.suite.search import Method
from seqbench.suite.spaces import POINTS
from seqbench.suite.suite import Budget

Schema = dict[str, Any]
GROWING = {
    "type": "boolean",
    "description": "ranges grow from their least over the first half of the training",
}


def schema(catalogue: Catalogue) -> Schema:
    """JSON Schema (2020-12) of a suite."""
    defs: Schema = {}
    train, sizes = settings_of(Recipe, defs, True), settings_of(Sizes, defs, False)
    test = {"type": "object", "description": "settings that the trained models are tested at too"}
    more: dict[str, Schema] = {
        "tasks": {"train": train, "sizes": sizes, "test": test, "curriculum": GROWING},
        "architectures": {"train": train, "search": (search := searched(defs))},
    }
    one = {
        kind: {"anyOf": entries(catalogue, kind, more.get(kind, {}), defs)}
        for kind in ("tasks", "architectures", "probes", "executors", "reports")
    }
    properties = {
        "suite": {"type": "string", "pattern": f"^{NAME.pattern}$"},
        "about": {"type": "string"},
        "plugins": many({"type": "string", "pattern": r"\.py$"}),
        "seeds": {"anyOf": [number(1, SEEDS), many(number(0)) | {"minItems": 1}], "default": 3},
        "train": {"anyOf": [train, {"enum": [False]}]},
        "sizes": sizes,
        **{word: number(1, MOST) for word in Budget.KINDS},
        "tasks": many(one["tasks"]) | {"minItems": 1},
        "architectures": many(one["architectures"]) | {"minItems": 1},
        "search": search,
        "measure": many({"anyOf": [{"enum": catalogue.names("metrics")}, one["probes"]]}),
        "executor": one["executors"],
        "report": many(one["reports"]),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "seqbench suite",
        **closed(properties),
        "required": list(NEEDED),
        "not": {"required": list(Budget.KINDS)},
        "patternProperties": {"^x-": {"description": "the user's own"}},
        "$defs": defs,
    }


def entries(catalogue: Catalogue, kind: str, more: Schema, defs: Schema) -> list[Schema]:
    """`name` or `name: {setting: value}`, for every plugin of one kind."""
    found: list[Schema] = [{"enum": catalogue.names(kind)}]
    for name in catalogue.names(kind):
        cls = catalogue.get(kind, name)
        inside = settings_of(cls, defs, kind in ("tasks", "architectures"))
        if kind == "tasks":
            allow_ranges(inside["properties"])
        inside["properties"] |= more
        inside["type"] = ["object", "null"]
        summary = " ".join((cls.__doc__ or "").partition("\n\n")[0].split())
        found.append(closed({name: inside}) | {"required": [name], "description": summary})
    return found


def settings_of(cls: Any, defs: Schema, swept: bool) -> Schema:
    """The settings of a dataclass; each a value or, where they may be swept, a list of values."""
    about = {setting.name: setting.about for setting in settings(cls)}
    properties = {}
    for field in fields(cls):
        value = adapter(cls, field.name).json_schema(ref_template="#/$defs/{model}")
        defs |= value.pop("$defs", {})
        least, most = bounds(cls, field.name)
        value |= {"minimum": least, "maximum": most} if least is not None else {}
        known = {"description": about[field.name]} if about[field.name] else {}
        if (usual := default(field)) is not dataclasses.MISSING:
            known["default"] = to_jsonable_python(usual)
        if swept:
            value = {"anyOf": [value, many(value) | {"minItems": 1}]}
        properties[field.name] = value | known
    return closed(properties)


def searched(defs: Schema) -> Schema:
    """How a search goes about it, and where."""
    ends = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    points = number(2, POINTS)
    space = {
        "anyOf": [
            many({}) | {"minItems": 1},
            closed({"log": ends, "points": points}) | {"required": ["log"]},
            closed({"from": {}, "to": {}, "points": points}) | {"required": ["from", "to"]},
        ]
    }
    made = settings_of(Method, defs, False)
    over = {"type": "object", "additionalProperties": space}
    made["properties"]["over"] = over | {"description": "settings by name: where to look"}
    return made


def allow_ranges(properties: dict[str, Schema]) -> None:
    """Let a task's whole numbers vary within training."""
    for value in properties.values():
        one, *_ = value["anyOf"]
        kinds = [one, *one.get("anyOf", [])]
        if whole := next((kind for kind in kinds if kind.get("type") == "integer"), None):
            value["anyOf"].append(
                closed({"from": whole, "to": whole}) | {"required": ["from", "to"]}
            )


def closed(properties: Schema) -> Schema:
    """A mapping that has these keys and no others."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


def many(items: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": items}


def number(least: int, most: int | None = None) -> Schema:
    """A whole number."""
    bound = {} if most is None else {"maximum": most}
    return {"type": "integer", "minimum": least, **bound}
