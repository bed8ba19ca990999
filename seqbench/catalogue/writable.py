"""Can a suite write a setting, and a record keep it?"""

import dataclasses
import math
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from seqbench.catalogue.settings import adapter, annotations, default, fields, type_text
from seqbench.contract.errors import SeqbenchError

ATOMS = (bool, int, float, str, NoneType, Any, list, tuple, dict, ...)
NESTS = (list, tuple, dict, Union, UnionType)


def check(cls: Any) -> None:
    """Raises TypeError with the first setting whose type or default is nothing for JSON."""
    for field in fields(cls):
        what = f"{cls.__name__}.{field.name}"
        kind = annotations(cls)[field.name]
        if not (is_plain(kind) or has_schema(cls, field.name)):
            raise TypeError(f"{what} is a {type_text(kind)}, which no JSON can hold")
        if not keeps(value := default(field)):
            raise TypeError(f"{what} has the default {value!r}, which no JSON can hold")


def is_plain(kind: Any) -> bool:
    """Without pydantic, which takes long to import: a type of JSON, or made of such."""
    origin = get_origin(kind)
    if origin is Literal:
        return True
    if origin is Annotated:
        return is_plain(get_args(kind)[0])
    return kind in ATOMS or (origin in NESTS and all(map(is_plain, get_args(kind))))


def has_schema(cls: Any, key: str) -> bool:
    """Does pydantic know how to write it? As it does a date, an Enum, a dataclass."""
    from pydantic.errors import PydanticUserError

    try:
        adapter(cls, key).json_schema()
    except (PydanticUserError, SeqbenchError):
        return False
    return True


def keeps(value: object) -> bool:
    """Is this default, if there is one, something that JSON holds?"""
    if value is None or value is dataclasses.MISSING or isinstance(value, str | bool | int):
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list | tuple):
        return all(map(keeps, value))
    from pydantic_core import PydanticSerializationError, to_json

    try:
        to_json(value, inf_nan_mode="strings")
    except (PydanticSerializationError, ValueError):
        return False
    return True
