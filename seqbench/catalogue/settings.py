"""The settings of a thing: the fields of its dataclass, with their types checked strictly."""

import dataclasses
import inspect
import math
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_args, get_origin
from typing import get_type_hints as hints

from seqbench.catalogue.nearest import nearest, shown
from seqbench.contract.errors import SeqbenchError
from seqbench.contract.trial import Choice

if TYPE_CHECKING:
    from pydantic import TypeAdapter

COMMENT = re.compile(r"^ {4}(\w+): .*?  # (.+)$", re.MULTILINE)


class Setting(NamedTuple):
    """One line of `seqbench show`; a setting without default has `dataclasses.MISSING`."""

    name: str
    type: str
    default: Any
    about: str


def settings(cls: Any) -> list[Setting]:
    """What can be set, in the order of its declaration; `about` is the comment at the field."""
    about: dict[str, str] = {}
    for base in reversed(cls.__mro__[:-1]):
        try:
            about |= dict(COMMENT.findall(inspect.getsource(base)))
        except (OSError, TypeError):
            continue  # no source to read, as in an interactive session
    return [
        Setting(f.name, type_text(annotations(cls)[f.name]), default(f), about.get(f.name, ""))
        for f in fields(cls)
    ]


def fields(cls: Any) -> list[dataclasses.Field[Any]]:
    """Those that can be given when the thing is made."""
    return [f for f in dataclasses.fields(cls) if f.init]


def default(field: dataclasses.Field[Any]) -> Any:
    """What stands where nothing is said, or `dataclasses.MISSING`."""
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()


def typed(cls: Any, label: str, key: str, value: Any) -> Any:
    """The value as the field's type; a SeqbenchError naming `label.key` where it is none.

    Strict: nothing but an int for an int, true or false for a bool. An int is taken where a
    float is declared, and a list where a tuple is.
    """
    from pydantic_core import PydanticSerializationError, ValidationError, to_json

    known = [f.name for f in fields(cls)]
    if key not in known:
        raise SeqbenchError(f"{label} has no setting {shown(key)}{nearest(key, known)}")
    try:
        found = adapter(cls, key).validate_json(to_json(value), strict=True)
    except (ValidationError, PydanticSerializationError) as error:
        raise SeqbenchError(misfit(cls, label, key, value)) from error
    if isinstance(found, float) and not math.isfinite(found):
        raise SeqbenchError(f"{label}.{key} takes a finite number, not {value!r}")
    if isinstance(found, float):
        found += 0.0  # -0.0 becomes 0.0: the two are equal, and so must be their ids
    if isinstance(value, bool) and not isinstance(found, bool):  # Literal[1] would take True
        raise SeqbenchError(misfit(cls, label, key, value))
    return found


def misfit(cls: Any, label: str, key: str, value: Any) -> str:
    """What a setting takes, what it was given, and how it is written where that can be told."""
    wanted = type_text(annotations(cls)[key])
    text = f"{label}.{key} takes {wanted}, not {shown(value)}"
    digits = re.fullmatch(r"\d+(_\d+)+", value) if isinstance(value, str) else None
    if wanted.startswith("int") and isinstance(value, float) and value.is_integer():
        return f"{text}: write {int(value)}"
    if digits and wanted.startswith(("int", "float")):
        return f"{text}: write {value.replace('_', '')}"
    if wanted.startswith("tuple") and not isinstance(value, list):
        return f"{text}: a list is a sweep, so one tuple is written [[1, 2]]"
    return text


def choice_of(thing: Any) -> Choice:
    """A made thing as what stands in a record: all settings, as plain JSON."""
    cls: Any = type(thing)
    plain = {}
    for field in fields(cls):
        value = typed(cls, thing.name, field.name, getattr(thing, field.name))
        plain[field.name] = adapter(cls, field.name).dump_python(value, mode="json")
    return Choice(thing.name, plain, thing.version)


def build(
    cls: Any, label: str, given: Mapping[str, Any]
) -> tuple[Any, list[tuple[str | None, str]]]:
    """An instance, or None and all that speaks against it, by setting (None: the whole)."""
    values: dict[str, Any] = {}
    problems: list[tuple[str | None, str]] = []
    for key, value in given.items():
        try:
            values[key] = typed(cls, label, key, value)
        except SeqbenchError as error:
            problems.append((key, str(error)))
    for field in fields(cls):
        if field.name not in given and default(field) is dataclasses.MISSING:
            problems.append((None, f"{label} needs its setting {field.name!r}"))
    if not problems:
        try:
            return construct(cls, label, values), []
        except SeqbenchError as error:
            problems.append((None, str(error)))
    return None, problems


def construct(cls: Any, label: str, values: Mapping[str, Any]) -> Any:
    """An instance of values that are typed already; what the class objects to, SeqbenchError."""
    try:
        return cls(**values)
    except SeqbenchError:  # it names its setting itself
        raise
    except Exception as error:  # another check of the plugin's, or its slip
        kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
        inside = ", ".join(f"{key}={shown(value)}" for key, value in values.items())
        text = " ".join(str(error).split())
        raise SeqbenchError(f"{label}({inside}): {kind}{text}") from error


@cache
def annotations(cls: Any) -> dict[str, Any]:
    """The declared type of every field; a NameError where one is not importable."""
    return hints(cls, include_extras=True)


@cache
def adapter(cls: Any, key: str) -> "TypeAdapter[Any]":
    """Checks values of one setting."""
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    try:
        return TypeAdapter(annotations(cls)[key])
    except PydanticUserError as error:
        kind = type_text(annotations(cls)[key])
        raise SeqbenchError(f"{cls.__name__}.{key}: no suite can write a {kind}") from error


def type_text(annotation: Any) -> str:
    """`int`, `float | None`, `'adamw' | 'sgd'`."""
    if get_origin(annotation) is Literal:
        return " | ".join(map(repr, get_args(annotation)))
    if get_origin(annotation) is Annotated:
        base, *bounds = get_args(annotation)
        return f"{type_text(base)} ({', '.join(map(str, bounds))})"
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing.", "")
