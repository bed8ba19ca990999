"""From whatever a trial's work does to exactly one Result that can be stored."""

import json
import math
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from seqbench import Result, Trial, Watch, Work, to_record

LARGEST = 8 << 20  # bytes a result may take as JSON; more is data, and belongs in a file
TAIL = 4096  # characters of a log that are kept in the record


def outcome(work: Work, trial: Trial, watch: Watch) -> Result:
    """Do the work and give a Result that JSON can hold, whatever comes of it.

    What the work raises makes a failed result; interrupts and exits pass through, for only the
    executor knows whose they are.
    """
    try:
        return checked(work(trial, watch), trial)
    except Exception as error:
        return failure(trial, error)


def failure(trial: Trial, error: BaseException) -> Result:
    """What an exception makes of a trial; its traceback also goes to stderr, and so to a log."""
    trace = "".join(traceback.format_exception(error))
    with suppress(OSError, ValueError):  # the trial may have closed it
        print(trace, file=sys.stderr)
    name = type(error).__name__
    try:
        reason = " ".join(f"{name}: {error}".split()).rstrip(":")[:500]
    except Exception:  # one that cannot even say what it is
        reason = name
    memory = isinstance(error, MemoryError) or name == "OutOfMemoryError"
    status = "out_of_memory" if memory else "failed"
    return Result(trial, status, reason, facts={"log": trace[-TAIL:]})


def checked(result: object, trial: Trial) -> Result:
    """The result as it can be stored. Raises TypeError or ValueError where it cannot.

    Numbers that are not finite are taken out and the first is named in the reason: a result
    with one is no success, but `diverged`.
    """
    if not isinstance(result, Result) or result.trial.id != trial.id:
        raise TypeError(f"the work gave a {type(result).__name__}, not this trial's Result")
    for one in result.measurements:
        if not isinstance(one.value, int | float):
            kind = type(one.value).__name__
            raise TypeError(f"the measurement {one.name} is a {kind}, not a number")
    strange = next(not_finite(to_record(result)), None)
    if strange is not None:
        wrong = (
            f"{m.name} is {m.value}" for m in result.measurements if not math.isfinite(m.value)
        )
        result = finite(result, next(wrong, f"{strange} is not finite"))
    size = len(json.dumps(to_record(result), allow_nan=False))
    if size > LARGEST:
        raise ValueError(f"the result takes {size} bytes as JSON, and {LARGEST} are allowed")
    return result


def not_finite(value: Any, where: str = "") -> Iterator[str]:
    """The places of infinite numbers and of those that are none, such as `curve.3.valid_loss`."""
    if isinstance(value, float) and not math.isfinite(value):
        yield where
    elif isinstance(value, dict | list | tuple):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inside in items:
            yield from not_finite(inside, f"{where}.{key}" if where else str(key))


def finite(result: Result, why: str) -> Result:
    """The result without measurements, points, costs and facts that hold such a number."""

    def sound(value: Any) -> bool:
        return next(not_finite(value), None) is None

    status, reason = ("diverged", why) if result.status == "ok" else (result.status, result.reason)
    return replace(
        result,
        status=status,
        reason=reason,
        measurements=tuple(one for one in result.measurements if sound(vars(one))),
        curve=tuple(point for point in result.curve if sound(vars(point))),
        costs={name: cost for name, cost in result.costs.items() if sound(cost)},
        facts={name: fact for name, fact in result.facts.items() if sound(fact)},
    )
