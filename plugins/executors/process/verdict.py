"""What became of a trial, from what it left and how its process ended."""

import json
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from seqbench import Result, from_record
from seqbench_plugins.executors.outcome import TAIL
from seqbench_plugins.executors.process.order import Order

EXPLAINED = ("failed", "timeout", "out_of_memory", "crashed")


def verdict(order: Order, events: Mapping[str, Mapping[str, Any]]) -> Result:
    """The one Result of a trial that is over; `events` are the last ones of each kind."""
    try:
        result = replace(from_record(json.loads(order.result.read_bytes())), trial=order.trial)
    except (OSError, KeyError, TypeError, ValueError):
        result = unfinished(order, events)
    if result.status not in EXPLAINED or not order.log.exists():
        return result
    place = Path(*order.log.parts[-3:])  # as seen from the results folder
    log = {"log": tail(order.log), **result.facts}
    return replace(result, reason=f"{result.reason}; see {place}", facts=log)


def unfinished(order: Order, events: Mapping[str, Mapping[str, Any]]) -> Result:
    """For a trial that has left no result."""
    if "unwritten" in events:
        why = events["unwritten"]["why"]
        return Result(order.trial, "failed", f"the result could not be written: {why}")
    if "ended" not in events:
        return Result(order.trial, "crashed", "the process that watched over it was killed")
    end = events["ended"]
    if end["why"] == "timeout":
        return Result(order.trial, "timeout", f"not done after {order.timeout:g} s")
    if end["why"] == "out_of_memory":
        held, allowed = (f"{size / 2**20:.0f} MiB" for size in (end["held"], order.memory))
        return Result(order.trial, "out_of_memory", f"held {held}, and {allowed} are allowed")
    return Result(order.trial, "crashed", cause(end["code"]))


def cause(code: int | None) -> str:
    """What an exit code says."""
    if code is None:
        return "it ended, and nobody knows how"
    if code >= 0:
        return f"exit code {code} without a result"
    name = signal.Signals(-code).name
    if name == "SIGKILL":
        return "SIGKILL, not from here: the system was short of memory, or somebody stopped it"
    return f"{name}: {signal.strsignal(-code)}"


def tail(log: Path) -> str:
    """The last lines of a log."""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - TAIL))
        return file.read().decode("utf-8", "replace")
