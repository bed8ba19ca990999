"""Timed calls, all architectures by turns."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch

from seqbench.kits.scaling import interval
from seqbench_plugins.probes.scaling.memory import failure
from seqbench_plugins.probes.scaling.place import Entrants, Fate, Place, Work, entrant_of

T = TypeVar("T")
LEAST = 0.02  # seconds of a sample; a shorter call is repeated within it


@dataclass(frozen=True)
class Clock:
    """CPU time of this process where it works in one thread, else what a clock on the wall says.

    CPU time leaves out what other processes took; of several threads it would be their sum.
    """

    name: str
    now: Callable[[], float]

    @staticmethod
    def fit(device: str) -> "Clock":
        """The one for this device and number of threads."""
        if device != "cpu":
            return Clock("wall", synchronised)
        if torch.get_num_threads() == 1:
            return Clock("cpu", time.process_time)
        return Clock("wall", time.perf_counter)


def synchronised() -> float:
    """When the GPU has done what it was told."""
    torch.cuda.synchronize()
    return time.perf_counter()


@dataclass(frozen=True)
class Rounds:
    """How often is timed: in `least` to `most` rounds, until medians are known to `error`."""

    least: int
    most: int
    error: float  # half of the median's 95 % interval, over the median

    def enough(self, sample: list[float]) -> bool:
        """Whether one more would change little."""
        return len(sample) >= self.least and reached(sample) <= self.error


def reached(sample: list[float]) -> float:
    """The relative error of a median; infinite where there are too few to have an interval."""
    found = interval(np.array(sample))
    return (found.high - found.low) / 2 / found.value if found.known else math.inf


def timed(
    entrants: Entrants,
    places: list[Place],
    rounds: Rounds,
    clock: Clock,
    rng: np.random.Generator,
) -> Iterator[tuple[Place, list[float] | Fate]]:
    """Seconds a call at each place, a sample a round; or why there are none.

    In a round each length has its turn, and at each length each architecture and pass: both in an
    order that is drawn anew each time, so that a slow minute of the machine falls on all. A length
    has had enough when all who run at it have. Before the first round everything is done once.
    """
    samples: dict[Place, list[float]] = {}
    laps: dict[int, dict[Place, tuple[Work, int]]] = {}
    for place in places:
        made = warm(entrants, place, clock)
        if isinstance(made, Fate):
            yield place, made
            continue
        laps.setdefault(place.length, {})[place] = made
        samples[place] = []
    for _ in range(rounds.most):
        open_laps = [
            lap for lap in laps.values() if not all(rounds.enough(samples[p]) for p in lap)
        ]
        for lap in shuffled(open_laps, rng):
            for place in shuffled(list(lap), rng):
                one = sampled(*lap[place], clock)
                if isinstance(one, Fate):
                    del lap[place], samples[place]
                    yield place, one
                else:
                    samples[place].append(one)
    yield from samples.items()


def warm(entrants: Entrants, place: Place, clock: Clock) -> tuple[Work, int] | Fate:
    """The work of a place, done once, and how many calls of it make a sample."""
    try:
        work = entrant_of(place.line, entrants).work(place)
        work()
        once = seconds(work, 1, clock)
    except Exception as error:
        return failure(error)
    return work, max(1, math.ceil(LEAST / max(once, 1e-6)))


def sampled(work: Work, calls: int, clock: Clock) -> float | Fate:
    """Seconds a call, of so many in a row."""
    try:
        return seconds(work, calls, clock)
    except Exception as error:
        return failure(error)


def seconds(work: Work, calls: int, clock: Clock) -> float:
    """Seconds a call."""
    start = clock.now()
    for _ in range(calls):
        work()
    return (clock.now() - start) / calls


def shuffled(items: list[T], rng: np.random.Generator) -> list[T]:
    """In an order drawn anew."""
    return [items[at] for at in rng.permutation(len(items))]
