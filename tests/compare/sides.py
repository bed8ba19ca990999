"""Result folders made by hand, for what is compared."""

from dataclasses import replace
from pathlib import Path

from seqbench import Choice, Measurement, Result, Sizes, Trial
from seqbench.store import Store


def result(value, seed=0, task="echo", name="accuracy", better="higher", chance=0.25, **more):
    """An ok result of one architecture on one task."""
    trial = Trial(
        Choice(task, {"length": 4}, more.pop("version", 1)),
        Choice(more.pop("architecture", "parrot"), more.pop("settings", {})),
        seed,
        {"lr": more.pop("lr", 0.1)},
        Sizes(),
        metrics=(name,),
    )
    numbers = (Measurement(name, value, "", "test", {}, better, chance),)
    costs = {"parameters": more.pop("parameters", 100.0), "fit_seconds": more.pop("seconds", 1.0)}
    made = Result(trial, "ok", None, numbers, costs=costs, facts={"machine": "x86_64"})
    return replace(made, **more)


def laid(folder: Path, *results: Result) -> Path:
    """A results folder of these."""
    with Store(folder) as store:
        for one in results:
            store.add(one)
    return folder
