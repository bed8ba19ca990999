"""Lists of values and their combinations."""

from collections.abc import Iterator
from dataclasses import fields
from itertools import product
from math import prod
from typing import Any

from seqbench.suite.suite import Sweep


def size(*sweeps: Sweep) -> int:
    """How many combinations there are, without making one."""
    return prod(len(values) for sweep in sweeps for values in sweep.values())


def combinations(cls: Any, sweep: Sweep) -> Iterator[dict[str, Any]]:
    """Each combination; the order is that of the class's fields, however the suite is written."""
    keys = [field.name for field in fields(cls) if field.name in sweep]
    for values in product(*(sweep[key] for key in keys)):
        yield dict(zip(keys, values, strict=True))
