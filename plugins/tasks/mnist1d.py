"""MNIST-1D: ten short curves, stretched, moved, sheared and lost in noise that looks like them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log
from typing import Any, ClassVar, Protocol

import numpy as np

from seqbench import Reals, Role, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.linear import bag, flat

CLASSES, STEPS = 10, 40
WIDE = 72  # steps of a curve before it is brought to 40
PADDING = (36, 60)  # zeros after a template of 12 steps, before both are stretched to WIDE
FARTHEST = 48  # steps that a curve is moved at most
SCALING, SHEAR, BUMPS, SPECKS = 0.4, 0.75, 0.25, 0.02  # of the transformations and both noises
TRAIN, FROZEN = 4000, 5000  # of the authors' examples the first are train

CURVES = np.array(
    [
        [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
        [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
        [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
        [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
        [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
        [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
        [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
        [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
    ]
)  # (class, step)


class Stream(Protocol):
    """What is needed of a source of randomness."""

    def random(self) -> float: ...
    def choice(self, most: int) -> int: ...
    def standard_normal(self, size: int) -> np.ndarray: ...


@dataclass(frozen=True)
class Mnist1d(Task):
    """The class of a curve of 40 steps, told at the last step.

    `frozen` gives the 5,000 examples of the authors' file, made again here: its test part is test;
    of its 4,000 for training the last 400 are valid. Fewer than all are the first of them, and the
    seed draws nothing. Otherwise examples are drawn anew by the same procedure, as many as asked.
    """

    name = "mnist1d"
    source = (
        "Greydanus and Kobak, Scaling down deep learning with MNIST-1D, 2020 (ICML 2024); "
        "procedure and data Apache-2.0, github.com/greydanus/mnist1d"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=3600, valid=400, test=1000)
    recipe: ClassVar = {"examples": 36_000, "evaluations": 10}
    frozen: bool = True  # the authors' examples, not new ones

    def signature(self) -> Signature:
        return Signature(Reals(1), Tokens(CLASSES), STEPS, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        if self.frozen:
            x, y = frozen()
            held = TRAIN // 10
            rows = {
                "train": slice(0, TRAIN - held),
                "valid": slice(TRAIN - held, TRAIN),
                "test": slice(TRAIN, FROZEN),
            }[role]
            return told(x[rows][:n], y[rows][:n])
        y = rng.integers(0, CLASSES, n)
        mean, spread = moments()
        return told((curves(y, Modern(rng)) - mean) / spread, y)

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / CLASSES, "cross_entropy": log(CLASSES)}

    def baselines(self) -> Any:
        return {**super().baselines(), "linear": bag(lambda inputs, lengths: flat(inputs))}


@dataclass(frozen=True)
class Modern:
    """A Generator as a Stream."""

    rng: np.random.Generator

    def random(self) -> float:
        return self.rng.random()

    def choice(self, most: int) -> int:
        return int(self.rng.integers(most))

    def standard_normal(self, size: int) -> np.ndarray:
        return self.rng.standard_normal(size)


def told(x: np.ndarray, y: np.ndarray) -> Split:
    """Curves (N, 40) and classes (N,) as examples."""
    mask = np.zeros(x.shape, bool)
    mask[:, -1] = True
    return Split(x[..., None].astype(np.float32), np.repeat(y[:, None], STEPS, axis=1), mask)


@cache
def made() -> tuple[np.ndarray, np.ndarray]:
    """The authors' 5,000 curves (5000, 40) before they are scaled, and their classes (5000,).

    They drew from NumPy's old stream with seed 42, class after class, and shuffled at the end.
    """
    stream = np.random.RandomState(42)
    y = np.repeat(np.arange(CLASSES), FROZEN // CLASSES)
    x = curves(y, stream)
    order = stream.permutation(FROZEN)
    return x[order], y[order]


@cache
def moments() -> tuple[float, float]:
    """Mean and deviation over all of the authors' examples, by which they scaled."""
    x, _ = made()
    return float(x.mean()), float(x.std())


@cache
def frozen() -> tuple[np.ndarray, np.ndarray]:
    """The authors' examples, (5000, 40) and (5000,)."""
    x, y = made()
    mean, spread = moments()
    return (x - mean) / spread, y


def curves(y: np.ndarray, stream: Stream) -> np.ndarray:
    """Curves of these classes, (N, 40), drawn one after another as the authors do."""
    n = len(y)
    zeros, moved = np.zeros((2, n), np.int64)
    larger, sheared = np.zeros((2, n))
    bumps, specks = np.zeros((2, n, WIDE))
    least, most = PADDING
    for row in range(n):
        zeros[row] = least + int(stream.random() * (most - least + 1))
        larger[row] = 1 + SCALING * (stream.random() - 0.5)
        moved[row] = stream.choice(FARTHEST)
        bumps[row] = BUMPS * stream.standard_normal(WIDE)
        specks[row] = SPECKS * stream.standard_normal(WIDE)
        sheared[row] = SHEAR * (stream.random() - 0.5)
    x = stretched(y, zeros) * larger[:, None]
    x = np.take_along_axis(x, (np.arange(WIDE) - moved[:, None]) % WIDE, axis=1)
    x = np.where(x != 0, x, bumps @ smoothing().T) + specks
    x -= sheared[:, None] * np.linspace(-0.5, 0.5, WIDE)
    return interpolated(x, np.full(n, WIDE), STEPS)


def stretched(y: np.ndarray, zeros: np.ndarray) -> np.ndarray:
    """Templates of classes (N,) and so many zeros (N,), stretched to WIDE steps."""
    z = CURVES - CURVES.mean(axis=1, keepdims=True)
    z = z / z.std(axis=1, keepdims=True)
    templates = (z - z[:, :1]) / 6 + 1e-8  # nought is what noise will replace
    long = np.zeros((len(y), CURVES.shape[1] + PADDING[1]))
    long[:, : CURVES.shape[1]] = templates[y]
    return interpolated(long, CURVES.shape[1] + zeros, WIDE)


def interpolated(x: np.ndarray, lengths: np.ndarray, steps: int) -> np.ndarray:
    """The first steps (N,) of curves (N, T) on as many even points, along straight lines."""
    at = np.linspace(0, 1, steps) * (lengths[:, None] - 1)
    left = np.minimum(at.astype(np.int64), lengths[:, None] - 2)
    low = np.take_along_axis(x, left, axis=1)
    high = np.take_along_axis(x, left + 1, axis=1)
    found: np.ndarray = low + (high - low) * (at - left)
    return found


@cache
def smoothing() -> np.ndarray:
    """A Gaussian of deviation 2 cut after 8 steps, mirrored at both ends: (WIDE, WIDE)."""
    offset = np.arange(-8, 9)
    weight = np.exp(-(offset**2) / 8)
    at = (np.arange(WIDE)[:, None] + offset) % (2 * WIDE)
    matrix = np.zeros((WIDE, WIDE))
    rows = np.broadcast_to(np.arange(WIDE)[:, None], at.shape)
    np.add.at(matrix, (rows, np.minimum(at, 2 * WIDE - 1 - at)), weight / weight.sum())
    return matrix


@hookimpl
def tasks() -> list[type[Task]]:
    return [Mnist1d]
