"""What every probe must keep, and every race."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from seqbench.contract.errors import Missing
from seqbench.contract.probe import Field, Probe, Race, Subject
from seqbench.contract.trial import Measurement
from seqbench.testing.check import promise
from seqbench.testing.smallest import Delayed, Guess, Heard, Small, subject

TASKS = (Delayed(), Heard())  # which a probe may be asked of


def suited(probe: Probe) -> Subject:
    """A small network that it can be asked of; Missing where there is none."""
    reasons = []
    for it in (subject(Small(), task) for task in TASKS):
        if (reason := probe.unsuited(it)) is None:
            return it
        reasons.append(reason)
    raise Missing(f"it cannot be asked of a small causal network: {'; '.join(reasons)}")


def measured(probe: Probe) -> list[Measurement]:
    """What it finds of the small network."""
    return list(probe.measure(suited(probe)))


@promise("api", "Say in `unsuited` why not, and give Measurements of finite numbers otherwise")
def it_measures(probe: Probe) -> None:
    """Of the smallest suite's network come named, finite numbers with plain coordinates."""
    plain(measured(probe))


def plain(numbers: list[Any]) -> None:
    """They are measurements that a record can hold."""
    assert numbers, "it gives no number"
    for one in numbers:
        assert isinstance(one, Measurement), f"it gives {one!r}, no Measurement"
        assert one.name and isinstance(one.value, float | int), f"{one.name!r} is {one.value!r}"
        assert np.isfinite(one.value), f"{one.name} is {one.value}"
        assert isinstance(one.at, Mapping), f"{one.name} is taken at {one.at!r}, no mapping"
        try:
            json.dumps(dict(one.at), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise AssertionError(f"{one.name} is taken at {dict(one.at)}: {error}") from error
    places = [(one.name, one.split, json.dumps(dict(one.at), sort_keys=True)) for one in numbers]
    twice = {place for place in places if places.count(place) > 1}
    assert not twice, f"two numbers have one name and place: {sorted(twice)[0]}"


@promise(
    "api", "Draw from subject.rng alone, or say exact=False of what a clock tells", ("it_measures",)
)
def measuring_is_repeatable(probe: Probe) -> None:
    """Asked twice of the same, the numbers that it calls exact are the same."""
    first, again = ([n for n in measured(probe) if n.exact] for _ in range(2))
    differ = [a.name for a, b in zip(first, again, strict=True) if a != b]
    assert not differ, f"{differ[0]} differs the second time"


@promise("api", "Measure on a deep copy of the network", ("it_measures",))
def the_model_is_unchanged(probe: Probe) -> None:
    """Its weights are afterwards what they were, and it is in evaluation mode."""
    it = suited(probe)
    network = it.model.network.eval()
    before = copy.deepcopy(network.state_dict())
    list(probe.measure(it))
    assert not network.training, "the network is left in training mode"
    moved = [name for name, w in network.state_dict().items() if not w.equal(before[name])]
    assert not moved, f"it changed {moved[0]}"


@promise(
    "api",
    "Give a reason in `unsuited` where model.network is None, or measure without it",
    ("it_measures",),
)
def a_model_without_network_is_no_trouble(probe: Probe) -> None:
    """Of an architecture that is no network it measures something, or says why not."""
    for it in (subject(Guess(), task) for task in TASKS):
        reason = probe.unsuited(it)
        assert reason is None or (isinstance(reason, str) and reason), f"unsuited gives {reason!r}"
        if reason is None:
            plain(list(probe.measure(it)))


def run(race: Race) -> list[Measurement]:
    """What a short race of two finds."""
    runners = {"small": Small(), "large": Small(width=16)}
    io = Delayed().signature()
    for one in runners.values():
        if reason := race.unsuited(one, io):
            raise Missing(f"small networks cannot run: {reason}")
    return list(race.short().measure(Field(io, runners, np.random.default_rng(0))))


@promise(
    "api",
    "Give Measurements of finite numbers, each with the runner as at['architecture']",
    ("short_is_the_same_kind",),
)
def it_tells_the_runners_apart(race: Race) -> None:
    """Of two small networks, cut short, come plain numbers, and some of each."""
    numbers = run(race)
    plain(numbers)
    named = {one.at.get("architecture") for one in numbers}
    assert {"small", "large"} <= named, (
        f"it tells of {sorted(map(str, named))}, not of small, large"
    )


@promise("api", "Return the same kind with smaller settings")
def short_is_the_same_kind(race: Race) -> None:
    """What `--quick` runs is the same race."""
    kind = type(race.short()).__name__
    assert isinstance(race.short(), type(race)), f"short() gives a {kind}"
