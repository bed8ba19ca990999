"""Does an answer move when something after it changes? Asked of a model before it is scored."""

import numpy as np

from seqbench.contract.architecture import Predict
from seqbench.contract.data import Split
from seqbench.contract.signature import Signature, Tokens

ROWS = 8  # examples looked at
TOLERANCE = 1e-4  # of the largest answer: well above float32 rounding, well below a real leak


def leak(predict: Predict, io: Signature, split: Split, rng: np.random.Generator) -> str | None:
    """Where the model looks ahead, in words, or None where it does not.

    From each of several positions on, every input is drawn anew; answers before it must stay.
    Asked at full and at half length, since a model may mix within blocks.
    """
    few = split[:ROWS]
    length = few.inputs.shape[1] if few.lengths is None else int(few.lengths.min())
    for steps in sorted({length, length // 2 + 1}):
        given = few.inputs[:, :steps]
        lengths = None if few.lengths is None else np.full(len(few), steps)
        before = np.asarray(predict(given, lengths))
        for at in positions(steps, rng):
            changed = np.concatenate([given[:, :at], redrawn(io, given[:, at:], rng)], axis=1)
            after = np.asarray(predict(changed, lengths))
            moved = np.abs(after[:, :at] - before[:, :at]).max()
            if moved > TOLERANCE * (1 + np.abs(before).max()):
                return f"answers before step {at} of {steps} move by {moved:.2g} when it changes"
    return None


def positions(steps: int, rng: np.random.Generator) -> list[int]:
    """The first step that has a past, the last, some inside blocks, and two at random."""
    wanted = {1, 2, steps // 4, steps // 2, steps - 1, *rng.integers(1, max(steps, 2), 2).tolist()}
    return sorted(at for at in wanted if 0 < at < steps)


def redrawn(io: Signature, given: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other inputs of the same kind and shape."""
    if isinstance(io.inputs, Tokens):
        shift = rng.integers(1, max(io.inputs.vocab, 2), given.shape)
        return (given + shift) % io.inputs.vocab
    moved: np.ndarray = given + rng.normal(size=given.shape).astype(given.dtype)
    return moved
