"""A trial's three splits, each from a stream of its own; over a range of settings where asked."""

from dataclasses import replace

import numpy as np

from seqbench.bench.streams import stream
from seqbench.catalogue import Catalogue
from seqbench.contract.data import Dataset, Role, Split
from seqbench.contract.signature import Signature
from seqbench.contract.task import Task
from seqbench.contract.trial import Trial

ROLES: tuple[Role, ...] = ("train", "valid", "test")


def drawn(trial: Trial, task: Task, catalogue: Catalogue) -> tuple[Dataset, np.ndarray | None]:
    """The splits, and the levels of a curriculum where there is one."""
    parts, levels = [], None
    for role in ROLES:
        n, rng = getattr(trial.sizes, role), stream(trial.seed, role, trial.task)
        if not trial.ranges:
            parts.append(task.split(role, n, rng))
            continue
        split, share = over_ranges(trial, catalogue, role, n, rng)
        parts.append(split)
        if role == "train" and trial.curriculum:
            levels = share
    return Dataset(*parts), levels


def signature(trial: Trial, task: Task) -> Signature:
    """The task's, whose sequences differ in length where a setting varies within training."""
    return replace(task.signature(), varied=True) if trial.ranges else task.signature()


def over_ranges(
    trial: Trial, catalogue: Catalogue, role: Role, n: int, rng: np.random.Generator
) -> tuple[Split, np.ndarray]:
    """n examples with their ranged settings spread evenly; and how far up each is, (N,) in 0..1.

    Each value of a setting comes equally often, give or take one, paired at random with those of
    the other settings. Sequences of different lengths are padded at the end.
    """
    names = sorted(trial.ranges)
    ends = np.array([trial.ranges[name] for name in names])  # (settings, 2)
    values = np.stack([spread(least, most, n, rng) for least, most in ends], axis=1)
    kinds, counts = np.unique(values, axis=0, return_counts=True)  # alike together: few splits
    parts, levels = [], []
    for kind, count in zip(kinds, counts, strict=True):
        settings = {**trial.task.settings, **dict(zip(names, kind.tolist(), strict=True))}
        made: Task = catalogue.make("tasks", trial.task.name, settings)
        parts.append(made.split(role, int(count), rng))
        level = ((kind - ends[:, 0]) / (ends[:, 1] - ends[:, 0])).max()
        levels.append(np.full(len(parts[-1]), level))  # a task whose data end gives fewer
    return together(parts), np.concatenate(levels)


def spread(least: int, most: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """n whole numbers from least to most, at even distances, in random order."""
    wide = int(most - least + 1)
    steps = ((np.arange(n) + rng.random()) * (wide / n)).astype(np.int64)
    return rng.permutation(least + np.minimum(steps, wide - 1))


def together(splits: list[Split]) -> Split:
    """Splits of different lengths as one, padded at the end."""
    steps = max(split.inputs.shape[1] for split in splits)
    wide = max(split.mask.shape[1] for split in splits)  # of transcripts, not the steps
    known = [
        s.lengths if s.lengths is not None else np.full(len(s), s.inputs.shape[1]) for s in splits
    ]
    return Split(
        np.concatenate([padded(split.inputs, steps) for split in splits]),
        np.concatenate([padded(split.targets, wide) for split in splits]),
        np.concatenate([padded(split.mask, wide) for split in splits]),
        np.concatenate(known),
        splits[0].scale,
        splits[0].unit,
        together_bases(splits, steps),
        splits[0].levels,
    )


def together_bases(splits: list[Split], steps: int) -> np.ndarray | None:
    """What targets depart from, at each step."""
    bases = [np.broadcast_to(s.base, s.targets.shape) for s in splits if s.base is not None]
    return np.concatenate([padded(base, steps) for base in bases]) if bases else None


def padded(array: np.ndarray, steps: int) -> np.ndarray:
    """(N, T, ...) with zeros after the last step, to so many steps."""
    beyond = [(0, 0), (0, steps - array.shape[1]), *[(0, 0)] * (array.ndim - 2)]
    return np.pad(array, beyond)
