"""How often the best-scored token is the right one."""

import numpy as np

from seqbench import Metric, Split, hookimpl


def hits(split: Split, outputs: np.ndarray) -> np.ndarray:
    """Whether the highest of the scores (N, T, vocab) is the target's, (counted,).

    Of equal scores the first counts as the highest.
    """
    right: np.ndarray = outputs[split.mask].argmax(-1) == split.targets[split.mask]
    return right


def accuracy(split: Split, outputs: np.ndarray) -> float:
    """The share of counted steps at which the highest of the scores is the target's."""
    return float(hits(split, outputs).mean())


@hookimpl
def metrics() -> list[Metric]:
    about = "share of counted steps whose best-scored token is the target"
    return [Metric("accuracy", "higher", accuracy, about=about, steps=hits)]
