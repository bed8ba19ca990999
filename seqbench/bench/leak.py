"""Does an answer move when something after it, or beside it, changes? Asked before a score."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from seqbench.contract.architecture import Model, Predict
from seqbench.contract.data import Split
from seqbench.contract.errors import Diverged
from seqbench.contract.signature import Signature, Tokens

if TYPE_CHECKING:
    from seqbench.kits.torch.inspection import Inside

ROWS = 4  # examples looked at
TOLERANCE = 1e-4  # of the largest answer: well above float32 rounding, well below a real leak
WITHIN = (1, 3, 8, 24, 32, 96)  # steps inside blocks of 2, 16 and 64, where a model may mix


def leak(model: Model, io: Signature, split: Split, rng: np.random.Generator) -> str | None:
    """Where the model looks ahead or aside, in words, or None where it does not.

    From each of several positions on, the inputs are changed; answers before it must stay. Then
    one example is drawn anew; the others' answers must stay. Asked at full and at half length;
    of a torch network also in training mode, with the dropout's randomness held fast, and of its
    gradients: a leak may pass through a detached value, or vanish at these inputs. Raises Diverged
    where answers are no numbers.
    """
    rows = slice(ROWS) if split.lengths is None else np.argsort(-split.lengths)[:ROWS]
    few = split[rows]  # the longest, where they differ
    length = few.inputs.shape[1] if few.lengths is None else int(few.lengths.min())
    varied, inside = few.lengths is not None, looked_into(model)
    for steps in sorted({length, length // 2 + 1}):
        given, places = few.inputs[:, :steps], positions(steps, rng)
        found = ahead(at_once(model.predict, varied), io, given, places, rng)
        found = found or aside(one_by_one(model.predict, varied), io, given, rng)
        if inside and not found:
            found = leak_inside(inside, io, given, varied, places, rng)
        if found:
            return found
    return None


def looked_into(model: Model) -> "Inside | None":
    """The model's network, where it is one of torch."""
    if model.network is None:
        return None
    from seqbench.kits.torch.inspection import Inside

    return Inside(model.network)


def leak_inside(
    inside: "Inside",
    io: Signature,
    given: np.ndarray,
    varied: bool,
    places: list[int],
    rng: np.random.Generator,
) -> str | None:
    """A leak in training mode, or of gradients."""
    thrice = sorted({places[0], places[len(places) // 2], places[-1]}) if places else []
    alone = one_by_one(inside.in_training, varied)
    found = aside(alone, io, given, rng)
    if not found:  # so no answer depends on what else is in its batch, but for what is drawn
        answers = alone if inside.draws else at_once(inside.in_training, varied)
        found = ahead(answers, io, given, thrice, rng)
    if found:
        return found + " in training"
    lengths = np.full(len(given), given.shape[1]) if varied else None
    return inside.backward_leak(given, lengths, thrice)


Answers = Callable[[list[np.ndarray]], list[np.ndarray]]  # variants of inputs -> their answers


def one_by_one(predict: Predict, varied: bool) -> Answers:
    """Each variant by itself, so that all see the same batch, and the same draws of dropout."""
    return lambda variants: [
        np.asarray(predict(x, np.full(len(x), x.shape[1]) if varied else None)) for x in variants
    ]


def at_once(predict: Predict, varied: bool) -> Answers:
    """All variants in one batch, which is much quicker."""
    alone = one_by_one(predict, varied)
    return lambda variants: np.split(alone([np.concatenate(variants)])[0], len(variants))


def ahead(
    answers: Answers,
    io: Signature,
    given: np.ndarray,
    places: list[int],
    rng: np.random.Generator,
) -> str | None:
    """The first position whose change moves an answer before it."""
    changes = [
        (at, np.concatenate([given[:, :at], later], axis=1))
        for at in places
        for later in (redrawn(io, given[:, at:], rng), np.zeros_like(given[:, at:]) + given[:, :1])
    ]
    before, *after = answers([given, *(changed for _, changed in changes)])
    if np.isnan(before).any():
        raise Diverged("the fitted model's answers are NaN")
    for (at, _), answer in zip(changes, after, strict=True):
        moved = np.abs(answer[:, :at] - before[:, :at]).max()
        if not moved <= TOLERANCE * (1 + np.abs(before).max()):
            steps = given.shape[1]
            return f"answers before step {at} of {steps} move by {moved:.2g} when it changes"
    return None


def aside(
    answers: Answers, io: Signature, given: np.ndarray, rng: np.random.Generator
) -> str | None:
    """Whether an example's change moves another's answers."""
    before, after = answers([given, np.concatenate([redrawn(io, given[:1], rng), given[1:]])])
    moved = np.abs(after[1:] - before[1:]).max(initial=0)
    if not moved <= TOLERANCE * (1 + np.abs(before).max()):
        return f"answers move by {moved:.2g} when another example of the batch changes"
    return None


def positions(steps: int, rng: np.random.Generator) -> list[int]:
    """The first step that has a past, some inside blocks, the middle, the last, two at random."""
    wanted = {*WITHIN, steps // 2, steps - 1, *rng.integers(1, max(steps, 2), 2).tolist()}
    return sorted(at for at in wanted if 0 < at < steps)


def redrawn(io: Signature, given: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other inputs of the same kind and shape."""
    if isinstance(io.inputs, Tokens):
        shift = rng.integers(1, max(io.inputs.vocab, 2), given.shape)
        return (given + shift) % io.inputs.vocab
    moved: np.ndarray = given + rng.normal(size=given.shape).astype(given.dtype)
    return moved
