"""Linear models of a whole sequence: what a network has to be better than."""

from dataclasses import dataclass

import numpy as np

from seqbench import Architecture, Lesson, Model, Reals, Signature, Tokens, Unsuited, hookimpl
from seqbench.kits.linear import Describe, bag, window_ridge

MOST = 4096  # features, beyond which solving takes too long


@dataclass(frozen=True, kw_only=True)
class Ridge(Architecture):
    """Ridge regression on all numbers of a series: an autoregression on so many lags.

    For real inputs of one length, with one counted step of real answers a sequence. The penalty is
    chosen on valid.
    """

    name = "ridge"
    source = "Hoerl and Kennard, Ridge regression, 1970"

    def unsuited(self, io: Signature) -> str | None:
        if not (isinstance(io.inputs, Reals) and isinstance(io.outputs, Reals)) or io.varied:
            return "ridge takes series of numbers, all of one length, to numbers"
        if io.inputs.width * io.length > MOST:
            return f"ridge takes at most {MOST} numbers a series, not {io.inputs.width * io.length}"
        return super().unsuited(io)

    def fit(self, lesson: Lesson) -> Model:
        """Solve."""
        one_answer(self.name, lesson)
        return window_ridge(lesson)


@dataclass(frozen=True, kw_only=True)
class Logistic(Architecture):
    """Multinomial logistic regression on the flattened input, a token as one of `vocab`.

    For inputs of one length, with one counted step of tokens a sequence. The penalty is chosen on
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

    def fit(self, lesson: Lesson) -> Model:
        """Minimise."""
        one_answer(self.name, lesson)
        return bag(flattened(lesson.io))(lesson)


def one_answer(name: str, lesson: Lesson) -> None:
    """Refuse sequences that ask for more or fewer answers than one."""
    if not (lesson.train.mask.sum(axis=1) == 1).all():
        raise Unsuited(f"{name} gives one answer a sequence, and this task counts more steps")


def flattened(io: Signature) -> Describe:
    """All inputs side by side, tokens as ones and zeros: (N, T * width)."""

    def describe(inputs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
        if isinstance(io.inputs, Tokens):
            inputs = np.eye(io.inputs.vocab)[inputs]
        flat: np.ndarray = inputs.reshape(len(inputs), -1).astype(np.float64)
        return flat

    return describe


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [Ridge, Logistic]
