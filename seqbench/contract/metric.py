"""What is reported of a model's answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Better = Literal["higher", "lower"]
Tokenised = Sequence[np.ndarray]


@dataclass(frozen=True)
class Metric:
    """A number from a split and the outputs a model gave for it, weighed by counted steps.

    With `sequences`, `of` is given two lists of arrays (L,) of tokens instead, the right ones and
    those that the model came up with by itself: transcripts, or free continuations.

    Where `of` is a mean, `steps(split, outputs)` may give what it is the mean of: an array
    (counted, ...), a row for each counted step, example after example. Its interval over examples
    then costs next to nothing.
    """

    name: str
    better: Better
    of: Callable[..., float]
    unit: str | None = ""  # None: the unit of the data, which the split tells
    about: str = ""
    sequences: bool = False
    steps: Callable[..., np.ndarray] | None = None
