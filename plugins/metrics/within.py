"""How often a real answer is close enough."""

import numpy as np

from seqbench import Metric, Split, hookimpl

NEAR = 0.04  # in units of the targets


def near(split: Split, outputs: np.ndarray) -> np.ndarray:
    """Whether every value is less than 0.04 off its target, (counted,)."""
    off = np.abs(outputs[split.mask].astype(np.float64) - split.targets[split.mask])
    return np.all(off < NEAR, axis=-1)  # off is (counted, width)


def within(split: Split, outputs: np.ndarray) -> float:
    """The share of counted steps at which every value is less than 0.04 off its target.

    Hochreiter and Schmidhuber (1997) so count the sequences of their adding problem, whose
    targets go from 0 to 1.
    """
    return float(near(split, outputs).mean())


@hookimpl
def metrics() -> list[Metric]:
    about = "share of counted steps whose every value is less than 0.04 off"
    return [Metric("within", "higher", within, about=about, steps=near)]
