"""Tiny lessons of every kind, on which an architecture's promises are tried."""

from dataclasses import replace

import numpy as np

from seqbench.contract.architecture import Architecture, Lesson, Model, Recipe
from seqbench.contract.data import Split
from seqbench.contract.signature import Outputs, Reals, Signature, Tokens, Transcript

SIGNATURES = [
    Signature(given, wanted, 9, causal, varied)
    for given in (Tokens(5), Reals(2))
    for wanted in (Tokens(4), Reals(3))
    for causal, varied in ((True, False), (False, True))
] + [Signature(Reals(2), Transcript(4), 9, False, varied) for varied in (False, True)]
LONG = [Signature(given, Tokens(4), 100) for given in (Tokens(5), Reals(2))]
RECIPE = Recipe(examples=32, batch=8, evaluations=2)


def taken(architecture: Architecture) -> list[Signature]:
    """The signatures that the architecture does not decline."""
    return [io for io in SIGNATURES if architecture.unsuited(io) is None]


def fitted(
    architecture: Architecture, io: Signature, seed: int = 0, recipe: Recipe = RECIPE
) -> tuple[Model, Split]:
    """A model fitted on a tiny split, and the split."""
    rng = np.random.default_rng(seed)
    split = tiny(io, rng)
    return architecture.fit(Lesson(io, split, split, recipe, rng)), split


def tiny(io: Signature, rng: np.random.Generator, n: int = 8) -> Split:
    """Random arrays of the right shapes."""
    shape = (n, io.length)
    lengths = rng.integers(1, io.length + 1, n) if io.varied else None
    mask = np.ones(shape, bool)
    if lengths is not None:
        lengths[0] = io.length
        mask = np.arange(io.length) < lengths[:, None]
    given = drawn(io.inputs, shape, rng)
    if isinstance(io.outputs, Transcript):
        told = rng.integers(1, io.outputs.vocab, (n, 2))
        return Split(given, told, np.arange(2) < rng.integers(1, 3, (n, 1)), lengths)
    return Split(given, drawn(io.outputs, shape, rng), mask, lengths)


def drawn(kind: Outputs, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Random tokens (N, T) or random reals (N, T, width)."""
    if not isinstance(kind, Reals):
        return rng.integers(0, kind.vocab, shape)
    return rng.normal(size=(*shape, kind.width)).astype(np.float32)


def shortened(split: Split, steps: int) -> Split:
    """The first steps only."""
    lengths = None if split.lengths is None else np.minimum(split.lengths, steps)
    fewer = replace(split, inputs=split.inputs[:, :steps], lengths=lengths)
    if split.mask.shape != split.inputs.shape[:2]:  # a transcript belongs to no step
        return fewer
    return replace(fewer, targets=split.targets[:, :steps], mask=split.mask[:, :steps])


def real(split: Split) -> np.ndarray:
    """The steps (N, T) that are no padding."""
    steps = split.inputs.shape[1]
    long = np.full(len(split), steps) if split.lengths is None else split.lengths
    told: np.ndarray = np.arange(steps) < long[:, None]
    return told
