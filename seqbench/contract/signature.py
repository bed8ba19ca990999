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
    """Vectors of floats, (N, T, width), as data and as a model's output alike.

    With `levels`, outputs are quantiles: numbers come in groups of so many, and of each value as
    large a share should lie below each number of its group as its level says. As targets the
    numbers of a group are all alike, and what a model should keep small is the pinball loss
    (Koenker and Bassett, Regression quantiles, 1978), of which `error` is no more than a shadow.
    """

    width: int
    error: Literal["squared", "absolute"] = "squared"  # of outputs: what a model should keep small
    levels: tuple[float, ...] = ()  # of outputs: shares, ascending

    @property
    def channels(self) -> int:
        """How many numbers a model gives at each step."""
        return self.width


@dataclass(frozen=True)
class Continuation(Tokens):
    """Tokens that go on from what stands before them, up to `end`.

    Data are written as for Tokens: at a counted step the target is the next token, and the input
    of the step after it is that token again (of Reals, its one-hot in the last `vocab` numbers).
    So models learn. Asked freely, they are given what stands up to the first counted step alone,
    and then their own answers, one by one.
    """

    end: int = 0


@dataclass(frozen=True)
class Transcript:
    """Fewer tokens than steps, in their order, at no step in particular.

    Targets are (N, L) integers from 1 to vocab-1 with a mask (N, L), first ones first. A model
    gives scores (N, T, vocab), of which token 0 is a blank: connectionist temporal classification
    (Graves et al., 2006) sums over all ways to spread a transcript over the steps.
    """

    vocab: int

    @property
    def channels(self) -> int:
        """How many numbers a model gives at each step."""
        return self.vocab


Outputs = Tokens | Reals | Transcript


@dataclass(frozen=True)
class Signature:
    """The shape of a task.

    `length` is the longest sequence; `causal` says that an answer at step t may use no input
    after t; `varied` that sequences differ in length, so that splits carry `lengths`.
    """

    inputs: Tokens | Reals
    outputs: Outputs
    length: int
    causal: bool = True
    varied: bool = False

    @property
    def symbolic(self) -> bool:
        """Tokens on both sides."""
        return isinstance(self.inputs, Tokens) and isinstance(self.outputs, Tokens)
