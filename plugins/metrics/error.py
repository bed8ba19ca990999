"""How far answers are from real targets."""

import numpy as np

from seqbench import Metric, Split, hookimpl


def mase(split: Split, outputs: np.ndarray) -> float:
    """Mean absolute scaled error (Hyndman and Koehler, 2006).

    For tasks that give their targets in units of the naive forecast's mean absolute error on
    the training part: 1 is as good as that forecast was there.
    """
    return float(np.abs(difference(split, outputs)).mean())


def mae(split: Split, outputs: np.ndarray) -> float:
    """Mean absolute error, in the data's own unit."""
    return mase(split, outputs) * split.scale


def mse(split: Split, outputs: np.ndarray) -> float:
    """Mean squared error, in the square of the data's own unit."""
    return float(np.square(difference(split, outputs)).mean()) * split.scale**2


def difference(split: Split, outputs: np.ndarray) -> np.ndarray:
    """Answer minus target at the counted steps, (counted, width); of quantiles the middle one's."""
    return split.middle(outputs[split.mask].astype(np.float64) - split.targets[split.mask])


@hookimpl
def metrics() -> list[Metric]:
    return [
        Metric("mase", "lower", mase, about="mean |error| over the naive forecast's in training"),
        Metric("mae", "lower", mae, unit=None, about="mean |error| in the data's own unit"),
        Metric("mse", "lower", mse, about="mean squared error in the data's own unit, squared"),
    ]
