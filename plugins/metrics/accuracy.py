"""How often the best-scored token is the right one."""

import numpy as np

from seqbench import Metric, Split, hookimpl


def accuracy(split: Split, outputs: np.ndarray) -> float:
    """The share of counted steps at which the highest of the scores (N, T, vocab) is the target's.

    Of equal scores the first counts as the highest.
    """
    best = outputs[split.mask].argmax(-1)  # (counted,)
    return float((best == split.targets[split.mask]).mean())


@hookimpl
def metrics() -> list[Metric]:
    about = "share of counted steps whose best-scored token is the target"
    return [Metric("accuracy", "higher", accuracy, about=about)]
