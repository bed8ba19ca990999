"""What the numbers and names of a suite may be."""

import re
from typing import Any

from seqbench.contract.architecture import Recipe
from seqbench.contract.data import Sizes
from seqbench.suite.search import Method

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
DEVICES = {"con", "prn", "aux", "nul"} | {f"{d}{i}" for d in ("com", "lpt") for i in range(10)}

LEAST_MOST: dict[tuple[type, str], tuple[float, float]] = {
    (Recipe, "examples"): (1, 10**12),
    (Recipe, "batch"): (1, 10**6),
    (Recipe, "lr"): (1e-12, 1e3),
    (Recipe, "momentum"): (0, 0.9999),
    (Recipe, "weight_decay"): (0, 1e6),
    (Recipe, "warmup"): (0, 1),
    (Recipe, "clip"): (0, 1e6),
    (Recipe, "tbptt"): (0, 10**6),
    (Recipe, "patience"): (0, 10**6),
    (Recipe, "evaluations"): (1, 10**6),
    (Sizes, "train"): (1, 10**9),
    (Sizes, "valid"): (1, 10**9),
    (Sizes, "test"): (1, 10**9),
    (Method, "trials"): (1, 10**6),
    (Method, "at_once"): (1, 10**6),
    (Method, "seed"): (0, 2**63 - 1),
}


def bounds(cls: type, key: str) -> tuple[float, float] | tuple[None, None]:
    """The least and the most a field of Recipe, Sizes or Method may be."""
    return LEAST_MOST.get((cls, key), (None, None))


def outside(cls: type, key: str, value: Any) -> str | None:
    """What a field takes, where the value is not of it."""
    least, most = bounds(cls, key)
    if least is None or most is None or least <= value <= most:
        return None
    return f"takes a number from {least} to {most}"


def unfit_name(name: str) -> str | None:
    """Why a suite cannot have this name, which becomes a folder's, anywhere."""
    if not NAME.fullmatch(name) or name.endswith("."):
        return "a suite is named with a-z, 0-9, ._- and 64 signs at most, as it becomes a folder"
    if name.split(".")[0] in DEVICES:
        return "this is the name of a device on Windows, and a suite's name becomes a folder"
    return None
