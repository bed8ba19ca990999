"""What flows into and out of a model: all that an architecture ever learns of a task."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Tokens:
    """Integers from 0 to vocab-1. As data: (N, T). As a model's output: scores (N, T, vocab)."""

    vocab: int

    @property
    def channels(self) -> int:
        """How many numbers a model gives at each step."""
        return self.vocab


@dataclass(frozen=True)
class Reals:
    """Vectors of floats, (N, T, width), as data and as a model's output alike."""

    width: int
    error: Literal["squared", "absolute"] = "squared"  # of outputs: what a model should keep small

    @property
    def channels(self) -> int:
        """How many numbers a model gives at each step."""
        return self.width


@dataclass(frozen=True)
class Signature:
    """The shape of a task.

    `length` is the longest sequence; `causal` says that an answer at step t may use no input
    after t; `varied` that sequences differ in length, so that splits carry `lengths`.
    """

    inputs: Tokens | Reals
    outputs: Tokens | Reals
    length: int
    causal: bool = True
    varied: bool = False

    @property
    def symbolic(self) -> bool:
        """Tokens on both sides."""
        return isinstance(self.inputs, Tokens) and isinstance(self.outputs, Tokens)
