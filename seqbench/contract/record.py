"""A Result as plain JSON, and back: what stands on disk and travels between processes."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from seqbench.contract.architecture import Point
from seqbench.contract.data import Sizes
from seqbench.contract.trial import Choice, Measurement, Result, Trial

SCHEMA = 1  # raise it when a record's keys change their meaning, and teach the store the old one


def to_record(result: Result) -> dict[str, Any]:
    """One flat-topped JSON object: the trial's fields and the outcome's side by side."""
    outcome = asdict(result)
    trial = outcome.pop("trial")
    return {"schema": SCHEMA, "id": result.trial.id, **trial, **outcome}


def from_record(record: Mapping[str, Any]) -> Result:
    """The inverse of to_record; unknown keys are ignored."""
    asked = {f.name: record[f.name] for f in fields(Trial) if f.name in record}
    asked["task"], asked["architecture"] = Choice(**asked["task"]), Choice(**asked["architecture"])
    asked["sizes"] = Sizes(**asked["sizes"])
    asked["metrics"], asked["tests"] = tuple(asked["metrics"]), tuple(asked["tests"])
    asked["ranges"] = {name: tuple(ends) for name, ends in asked.get("ranges", {}).items()}
    asked["probes"] = tuple(Choice(**probe) for probe in asked.get("probes", ()))
    runners = asked.get("runners", {})
    asked["runners"] = {name: Choice(**choice) for name, choice in runners.items()}
    asked["bars"] = tuple((examples, loss) for examples, loss in asked.get("bars", ()))
    known = {f.name: record[f.name] for f in fields(Result) if f.name in record}
    known["measurements"] = tuple(Measurement(**m) for m in record["measurements"])
    known["curve"] = tuple(Point(**p) for p in record["curve"])
    return Result(trial=Trial(**asked), **known)
