"""How far answers are from real targets."""

import numpy as np

from seqbench import Metric, Split, hookimpl


def misses(split: Split, outputs: np.ndarray) -> np.ndarray:
    """Absolute errors, (counted, width)."""
    return np.abs(difference(split, outputs))


def misses_in_units(split: Split, outputs: np.ndarray) -> np.ndarray:
    """The same in the data's own unit."""
    return misses(split, outputs) * split.scale


def squares(split: Split, outputs: np.ndarray) -> np.ndarray:
    """Squared errors in the square of the data's own unit, (counted, width)."""
    return np.square(misses_in_units(split, outputs))


def mase(split: Split, outputs: np.ndarray) -> float:
    """Mean absolute scaled error (Hyndman and Koehler, 2006).

    For tasks that give their targets in units of the naive forecast's mean absolute error on
    the training part: 1 is as good as that forecast was there.
    """
    return float(misses(split, outputs).mean())


def mae(split: Split, outputs: np.ndarray) -> float:
    """Mean absolute error, in the data's own unit."""
    return float(misses_in_units(split, outputs).mean())


def mse(split: Split, outputs: np.ndarray) -> float:
    """Mean squared error, in the square of the data's own unit."""
    return float(squares(split, outputs).mean())


def difference(split: Split, outputs: np.ndarray) -> np.ndarray:
    """Answer minus target at the counted steps, (counted, width); of quantiles the middle one's."""
    return split.middle(outputs[split.mask].astype(np.float64) - split.targets[split.mask])


@hookimpl
def metrics() -> list[Metric]:
    naive = "mean |error| over the naive forecast's in training"
    own = "mean |error| in the data's own unit"
    squared = "mean squared error in the data's own unit, squared"
    return [
        Metric("mase", "lower", mase, about=naive, steps=misses),
        Metric("mae", "lower", mae, unit=None, about=own, steps=misses_in_units),
        Metric("mse", "lower", mse, about=squared, steps=squares),
    ]
