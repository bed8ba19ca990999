"""Linear models of a whole window: what a network has to be better than."""

from dataclasses import dataclass

import numpy as np

from seqbench import (
    Architecture,
    Lesson,
    Model,
    Reals,
    Signature,
    Tokens,
    Unsuited,
    Weight,
    hookimpl,
)
from seqbench.kits.linear import Describe, bag, window_ridge
from seqbench.kits.sliding import sliding

MOST = 4096  # features, beyond which solving takes too long
ROOM = 100_000_000  # numbers in all windows that are learned from
NONE = -1  # the token before the first


@dataclass(frozen=True, kw_only=True)
class Ridge(Architecture):
    """Ridge regression on all numbers up to a step: an autoregression on so many lags.

    As many lags as a sequence has steps; those before the first are 0. The penalty is chosen on
    valid.
    """

    name = "ridge"
    source = "Hoerl and Kennard, Ridge regression, 1970"

    def unsuited(self, io: Signature) -> str | None:
        if not (isinstance(io.inputs, Reals) and isinstance(io.outputs, Reals)) or io.varied:
            return "ridge takes series of numbers, all of one length, to numbers"
        if io.inputs.width * io.length > MOST:
            return f"ridge takes at most {MOST} numbers a series, not {io.inputs.width * io.length}"
        return super().unsuited(io)

    def weigh(self, io: Signature, flops: bool = True) -> Weight:
        """A weight for each number of the window and each answer, and a bias."""
        return linear(io, flops)

    def fit(self, lesson: Lesson) -> Model:
        """Solve."""
        fits_in_memory(self.name, lesson)
        return sliding(window_ridge, 0)(lesson)


@dataclass(frozen=True, kw_only=True)
class Logistic(Architecture):
    """Multinomial logistic regression on all inputs up to a step, a token as one of `vocab`.

    As many inputs as a sequence has steps; those before the first are 0. The penalty is chosen on
    valid.
    """

    name = "logistic"
    source = "Cox, The regression analysis of binary sequences, 1958"

    def unsuited(self, io: Signature) -> str | None:
        if not isinstance(io.outputs, Tokens) or io.varied:
            return "logistic takes sequences of one length to one of some classes"
        if (features := io.inputs.channels * io.length) > MOST:
            return f"logistic takes at most {MOST} features a sequence, not {features}"
        return super().unsuited(io)

    def weigh(self, io: Signature, flops: bool = True) -> Weight:
        """A weight for each number of the window and each answer, and a bias."""
        return linear(io, flops)

    def fit(self, lesson: Lesson) -> Model:
        """Minimise."""
        fits_in_memory(self.name, lesson)
        missing = NONE if isinstance(lesson.io.inputs, Tokens) else 0
        return sliding(bag(flattened(lesson.io)), missing)(lesson)


def linear(io: Signature, flops: bool) -> Weight:
    """Of a matrix from all inputs of a window to the answers of a step, and a bias."""
    weights = io.inputs.channels * io.length * io.outputs.channels
    learned = weights + io.outputs.channels
    return Weight(learned, 0, readout=learned, flops_per_step=2.0 * weights if flops else None)


def fits_in_memory(name: str, lesson: Lesson) -> None:
    """Refuse more windows than can be solved for at once."""
    numbers = int(lesson.train.mask.sum()) * lesson.io.inputs.channels * lesson.io.length
    if numbers > ROOM:
        raise Unsuited(
            f"{name} takes at most {ROOM:,} numbers to learn from, not {numbers:,}: a window of "
            "inputs for each counted step"
        )


def flattened(io: Signature) -> Describe:
    """All inputs side by side, tokens as ones and zeros: (N, T * width)."""

    def describe(inputs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
        if isinstance(io.inputs, Tokens):
            inputs = np.eye(io.inputs.vocab + 1, io.inputs.vocab)[inputs]  # NONE: its last row
        flat: np.ndarray = inputs.reshape(len(inputs), -1).astype(np.float64)
        return flat

    return describe


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [Ridge, Logistic]
