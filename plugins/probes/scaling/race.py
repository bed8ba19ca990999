"""The settings of the race, and its way from counting to measuring to telling."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from seqbench import (
    Architecture,
    Field,
    Measurement,
    Missing,
    Race,
    SeqbenchError,
    Signature,
)
from seqbench.kits.torch import TorchArchitecture, seeded
from seqbench.kits.torch.weight import unfilled
from seqbench_plugins.probes.scaling.clock import Clock, Rounds, timed
from seqbench_plugins.probes.scaling.memory import failure, held_on_gpu, peaks, spared
from seqbench_plugins.probes.scaling.operations import operations
from seqbench_plugins.probes.scaling.place import (
    Entrant,
    Entrants,
    Fate,
    Pass,
    Place,
    entrant_of,
    places,
    sized,
)
from seqbench_plugins.probes.scaling.told import told_counts, told_peaks, told_sizes, told_times


@dataclass(frozen=True)
class Scaling(Race):
    """What a mixer costs by length, untrained: FLOPs, seconds, bytes, exponents and crossings.

    The bare mixer reads random (batch, length, width) sequences, forward (evaluation mode, no
    gradients) or forward and backward (`training`); an architecture that offers its whole network
    and no mixer is taken whole. FLOPs are exact. Memory is the rise of the resident set in a fork
    for each call. Seconds are medians over rounds in which all have their turn, warm, of CPU time
    at one thread, else on the wall. `exponent` is the k of a + b T^k, over all lengths and over
    the long half; `crossing` the length from which one architecture costs more than another.
    """

    name = "scaling"
    source = "overhead and exponent fitted together; intervals: Efron, Bootstrap methods, 1979"
    seconds = 150.0

    lengths: tuple[int, ...] = (64, 128, 256, 512, 1024, 2048, 4096)  # in steps
    widths: tuple[int, ...] = ()  # none: each architecture's own
    batches: tuple[int, ...] = (2,)  # sequences in a call
    passes: tuple[Pass, ...] = ("forward", "training")  # training: forward and backward
    error: float = 0.03  # of each median that is asked for: half its 95 % interval, relative
    least: int = 6  # rounds at each length; fewer give a median no interval
    most: int = 15  # rounds, whether the error is reached or not
    memory: float = 4.0  # GiB that a call may take
    patience: float = 60.0  # seconds that a call may take
    device: Literal["cpu", "cuda"] = "cpu"

    def __post_init__(self) -> None:
        for key in ("lengths", "batches", "passes"):
            if not getattr(self, key):
                raise SeqbenchError(f"scaling.{key} is empty; it takes one or more")
        for key in ("lengths", "widths", "batches"):
            if bad := [value for value in getattr(self, key) if value < 1]:
                raise SeqbenchError(f"scaling.{key} has {bad[0]}; it takes whole numbers from 1 on")
        for key in ("error", "memory", "patience"):
            if not getattr(self, key) > 0:
                raise SeqbenchError(f"scaling.{key} is {getattr(self, key)}; it is above 0")
        if not 6 <= self.least <= self.most:
            raise SeqbenchError(
                f"scaling.least is {self.least} and most {self.most}; rounds are 6 or more, and"
                " the least no more than the most"
            )

    def short(self) -> "Scaling":
        lengths = sorted(set(self.lengths))[:4]
        return replace(self, lengths=tuple(lengths), least=6, most=6)

    def unsuited(self, architecture: Architecture, io: Signature) -> str | None:
        if not isinstance(architecture, TorchArchitecture):
            return f"{architecture.name} is no torch architecture: it has no mixer"
        for width in self.widths or (architecture.width,):
            one = sized(architecture, width)
            if isinstance(one, str):
                return one
            try:
                with seeded(np.random.default_rng(0)):
                    unfilled(lambda made=one: Entrant(made, io).network(io.length))  # type: ignore[misc]
            except Exception as error:  # whatever its author's code objects to
                return f"{architecture.name} at a width of {width} cannot be built: {error}"
        return None

    def measure(self, field: Field) -> Iterator[Measurement]:
        if self.device == "cuda" and not torch.cuda.is_available():
            raise Missing("scaling.device is cuda, and torch sees no such device here; use cpu")
        with seeded(field.rng):
            entrants, lengths = self.entrants(field), sorted(set(self.lengths))
            spots = places(entrants, lengths, self.batches, self.passes)
            yield from told_sizes(entrants, lengths[0])
            counts = {it: operations(entrant_of(it.line, entrants), it) for it in spots}
            yield from told_counts(counts)
            limit = spared(self.memory)
            held = self.held(entrants, spots, limit)
            yield from told_peaks(held)
            left = [place for place in spots if can_run(place, held)]
            rounds, clock = Rounds(self.least, self.most, self.error), Clock.fit(self.device)
            samples = dict(timed(entrants, left, rounds, clock, field.rng))
            yield from told_times(samples, clock.name, field.rng)

    def entrants(self, field: Field) -> Entrants:
        """Each architecture at each width."""
        found = {}
        for name, runner in field.runners.items():
            for width in self.widths or (runner.width,):  # type: ignore[attr-defined]
                one = sized(runner, width)
                if isinstance(one, TorchArchitecture):
                    found[name, width] = Entrant(one, field.io, self.device)
        return found

    def held(self, entrants: Entrants, spots: list[Place], limit: int) -> dict[Place, float | Fate]:
        """The pass for memory."""
        if self.device == "cpu":
            return peaks(entrants, spots, limit, self.patience)
        return {place: on_gpu(entrants, place) for place in spots}


def on_gpu(entrants: Entrants, place: Place) -> float | Fate:
    """Bytes of a call, the second one; or why there are none."""
    try:
        work = entrant_of(place.line, entrants).work(place)
        work()
        return held_on_gpu(work)
    except Exception as error:
        return failure(error)


def can_run(place: Place, held: Mapping[Place, float | Fate]) -> bool:
    """Whether it is to be timed: nothing went wrong there, or at a shorter length for good."""
    before = (one for it, one in held.items() if it.line == place.line and it.length < place.length)
    stopped = any(isinstance(one, Fate) and one.final for one in before)
    return not stopped and not isinstance(held.get(place), Fate)
