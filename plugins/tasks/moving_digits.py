"""Films of handwritten digits that move: where to, and what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import (
    Lesson,
    Model,
    Reals,
    Role,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    Tokens,
    hookimpl,
)
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.pictures import SOURCE, checksum, digits, digits_of

SIDE = 8  # pixels of a digit
WAYS = np.array(  # rows down, columns right, in each of eight directions
    [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
)


@dataclass(frozen=True)
class MovingDigits(Task):
    """The direction, one of eight, in which a digit moves: told at the last frame.

    A picture of 8 x 8 starts anywhere in a window of `size` x `size` whose edges meet, and goes
    a pixel on in each frame; a frame is a step of size * size numbers from 0 to 1. A film and the
    same one backwards show the same frames, but for their order. The pictures of train, valid
    and test are each split's own.
    """

    name = "moving_digits"
    source = f"films made here, after Srivastava et al., 2015; {SOURCE}"
    metrics: ClassVar[tuple[str, ...]] = ("accuracy", "cross_entropy")
    sizes = Sizes(train=6000, valid=300, test=1000)
    recipe: ClassVar = {"examples": 20_000, "evaluations": 8}
    frames: int = 8  # in a film
    size: int = 12  # pixels, of the window's side

    def __post_init__(self) -> None:
        if not 3 <= self.frames <= 1000:
            raise SeqbenchError(f"{self.name}.frames is {self.frames}; it takes 3 to 1000")
        if not SIDE <= self.size <= 128:
            raise SeqbenchError(f"{self.name}.size is {self.size}; it takes 8 to 128 pixels")

    def signature(self) -> Signature:
        return Signature(Reals(self.size**2), Tokens(len(WAYS)), self.frames, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        film, way = films(role, n, self.frames, self.size, rng)
        last = np.arange(self.frames) == self.frames - 1
        return Split(film, np.repeat(way[:, None], self.frames, axis=1), np.tile(last, (n, 1)))

    def checksum(self) -> str:
        return checksum(*digits())

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / len(WAYS), "cross_entropy": log(len(WAYS))}

    def oracle(self, split: Split) -> np.ndarray:
        way = direction(split.inputs[:, 0], split.inputs[:, 1], self.size)
        return np.repeat(np.eye(len(WAYS))[way][:, None], self.frames, axis=1)

    def baselines(self):
        return {**super().baselines(), "bag_of_frames": bag(mean_frame)}


@dataclass(frozen=True)
class NextFrame(MovingDigits):
    """The next frame of a film of moving_digits, at every frame from the second on."""

    name = "next_frame"
    metrics: ClassVar[tuple[str, ...]] = ("mse",)

    def signature(self) -> Signature:
        pixels = Reals(self.size**2)
        return Signature(pixels, pixels, self.frames)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        film, _ = films(role, n, self.frames + 1, self.size, rng)
        moving = np.arange(self.frames) >= 1  # one frame does not tell where to
        return Split(film[:, :-1], film[:, 1:], np.tile(moving, (n, 1)))

    def chance(self) -> Mapping[str, float]:
        return {}

    def oracle(self, split: Split) -> np.ndarray:
        way = direction(split.inputs[:, 0], split.inputs[:, 1], self.size)
        shown = split.inputs.reshape(len(way), self.frames, self.size, self.size)
        moved = [np.roll(film, WAYS[w], axis=(1, 2)) for film, w in zip(shown, way, strict=True)]
        return np.stack(moved).reshape(split.inputs.shape)

    def baselines(self):
        return {"mean": Task.baselines(self)["mean"], "last_frame": last_frame}


def last_frame(lesson: Lesson) -> Model:
    """Nothing moves."""
    return Model(lambda inputs, lengths=None: inputs, 0)


def films(
    role: Role, n: int, frames: int, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Films (n, frames, size * size) of a role's own pictures, and their directions (n,)."""
    pictures, _ = digits_of(role)
    picture = pictures[rng.integers(0, len(pictures), n)]  # (n, 8, 8)
    way, start = rng.integers(0, len(WAYS), n), rng.integers(0, size, (n, 2))
    steps = np.arange(frames)[:, None]
    corner = start[:, None] + steps * WAYS[way][:, None]  # (n, frames, 2)
    rows, columns = (corner[..., axis, None] + np.arange(SIDE) for axis in (0, 1))
    film = np.zeros((n, frames, size, size), np.float32)
    which, when = np.arange(n)[:, None, None, None], steps[:, :, None]
    film[which, when, rows[..., :, None] % size, columns[..., None, :] % size] = picture[:, None]
    return film.reshape(n, frames, size * size), way


def direction(before: np.ndarray, after: np.ndarray, size: int) -> np.ndarray:
    """In which direction (n,) frames (n, size * size) went on to the next ones."""
    shape = (-1, size, size)
    before, after = before.reshape(shape), after.reshape(shape)
    far = [np.abs(np.roll(before, way, axis=(1, 2)) - after).sum(axis=(1, 2)) for way in WAYS]
    found: np.ndarray = np.argmin(far, axis=0)
    return found


@hookimpl
def tasks() -> list[type[Task]]:
    return [MovingDigits, NextFrame]
