"""What a search is: the spaces of the settings, and how it goes through them."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from math import prod
from typing import Any, Literal

import numpy as np

FEW = 16  # values of one space, all of which are looked at beforehand
LOOKED_AT = 256  # settings


@dataclass(frozen=True)
class Space:
    """Some values; or, where there are none, all numbers from `least` to `most`, both included.

    `log` spreads them evenly over orders of magnitude, `whole` leaves whole numbers only, and
    `points` is how many of them a grid takes.
    """

    values: tuple[Any, ...] = ()
    least: float = 0.0
    most: float = 0.0
    log: bool = False
    whole: bool = False
    points: int = 0

    def __str__(self) -> str:
        if self.values:
            return str(list(self.values))
        ends = f"{'log ' if self.log else ''}{self.least} to {self.most}"
        return f"{ends} in {self.points}" if self.points else ends

    def draw(self, rng: np.random.Generator) -> Any:
        """One of them, at random; whole numbers as if rounded from an even spread."""
        if self.values:
            return self.values[int(rng.integers(len(self.values)))]
        low, high = (self.least - 0.5, self.most + 0.5) if self.whole else (self.least, self.most)
        if not self.log:
            found = rng.uniform(low, high)
        else:
            found = math.exp(rng.uniform(math.log(low), math.log(high)))
        found = min(max(found, self.least), self.most)
        return round(found) if self.whole else found

    def grid(self) -> tuple[Any, ...]:
        """All its values, or `points` of them, both ends included."""
        if self.values:
            return self.values
        if self.whole and not self.points:
            return tuple(range(int(self.least), int(self.most) + 1))
        spread = np.geomspace if self.log else np.linspace
        found = spread(self.least, self.most, self.points).tolist()
        found[0], found[-1] = self.least, self.most  # to the digit
        return tuple(dict.fromkeys(round(it) for it in found)) if self.whole else tuple(found)

    def some(self) -> tuple[Any, ...]:
        """All its values where they are few, else both ends."""
        if self.values or (self.whole and self.size <= FEW):
            return self.values or tuple(range(int(self.least), int(self.most) + 1))
        return (self.least, self.most)

    @property
    def size(self) -> float:
        """How many values there are; infinitely many between two ends."""
        if self.values:
            return len(self.values)
        return self.most - self.least + 1 if self.whole else math.inf


@dataclass(frozen=True)
class Method:
    """How a search goes about it."""

    method: Literal["grid", "random", "tpe"] = "random"
    trials: int = 20  # settings for each architecture on each task
    prune: bool = False  # give up what is worse than half of the settings before it
    seed: int = 0  # of what is drawn
    at_once: int = 4  # settings tried at a time, where later ones depend on earlier ones


@dataclass(frozen=True)
class Search:
    """A method, the spaces of the settings, by name, and where the suite says so."""

    how: Method = field(default_factory=Method)
    over: Mapping[str, Space] = field(default_factory=dict)
    place: str = ""

    @property
    def settings(self) -> int:
        """How many settings are tried for one architecture on one task."""
        if self.how.method == "grid":
            return prod(len(one.grid()) for one in self.over.values())
        return int(min(self.how.trials, prod(one.size for one in self.over.values())))

    def some(self, keys: Collection[str]) -> Iterator[dict[str, Any]]:
        """Settings of these names that may come up, the extreme ones among them."""
        over = {key: one.some() for key, one in self.over.items() if key in keys}
        for values in islice(product(*over.values()), LOOKED_AT):
            yield dict(zip(over, values, strict=True))

    @property
    def in_steps(self) -> bool:
        """Whether what is tried depends on what came before."""
        return self.how.method == "tpe" or self.how.prune
