"""How far the quantiles that a model gives are from what came."""

import numpy as np

from seqbench import Metric, Split, hookimpl

HALF = (0.5,)


def pinball_losses(split: Split, outputs: np.ndarray) -> np.ndarray:
    """Twice the pinball loss at each level, in the data's own unit, (counted, width)."""
    answers = outputs[split.mask].astype(np.float64)  # (counted, width)
    targets = split.targets[split.mask]
    if targets.shape != answers.shape:
        raise ValueError("crps is for real targets")
    short = targets - answers
    levels = split.levels or HALF
    share = np.tile(levels, answers.shape[1] // len(levels))  # (width,)
    told: np.ndarray = np.maximum(share * short, (share - 1) * short) * (2 * split.scale)
    return told


def crps(split: Split, outputs: np.ndarray) -> float:
    """Continuous ranked probability score, in the data's own unit.

    Twice the mean pinball loss over the split's levels, which comes to the integral over all
    levels the nearer the more and the more evenly spread they are (Gneiting and Raftery, Strictly
    proper scoring rules, prediction, and estimation, 2007; Laio and Tamea, 2007). An answer that
    is no quantile is a forecast sure of itself, and its score the mean absolute error.
    """
    return float(pinball_losses(split, outputs).mean())


@hookimpl
def metrics() -> list[Metric]:
    about = "2 pinball losses of the quantiles, their mean; of a lone answer its mean |error|"
    return [Metric("crps", "lower", crps, unit=None, about=about, steps=pinball_losses)]
