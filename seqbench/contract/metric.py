"""What is reported of a model's answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from seqbench.contract.data import Split

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Metric:
    """A number from a split and the outputs a model gave for it, weighed by counted steps."""

    name: str
    better: Better
    of: Callable[[Split, np.ndarray], float]
    unit: str | None = ""  # None: the unit of the data, which the split tells
    about: str = ""
