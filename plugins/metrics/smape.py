"""How far answers are from real targets, beside their sizes."""

import numpy as np

from seqbench import Metric, Split, hookimpl


def shares(split: Split, outputs: np.ndarray) -> np.ndarray:
    """Of each value 200 |answer - target| / (|answer| + |target|), 0 where both are 0.

    (counted, width); of levels: where targets are departures, what they depart from is added.
    """
    answers = outputs[split.mask].astype(np.float64)  # (counted, width)
    targets = split.targets[split.mask].astype(np.float64)
    if answers.shape != targets.shape:
        raise ValueError("smape is for real targets")
    if split.base is not None:
        base = np.broadcast_to(split.base, split.targets.shape)[split.mask]
        answers, targets = answers + base, targets + base
    answers, targets = split.middle(answers), split.middle(targets)
    size = np.abs(answers) + np.abs(targets)
    told: np.ndarray = 200 * np.abs(answers - targets) / np.where(size > 0, size, 1)
    return told


def smape(split: Split, outputs: np.ndarray) -> float:
    """Symmetric mean absolute percentage error (Makridakis, 1993; as in M4), 0 to 200 %.

    It means something where nought does: for vehicles, not for degrees Celsius.
    """
    return float(shares(split, outputs).mean())


@hookimpl
def metrics() -> list[Metric]:
    about = "mean 2 |error| / (|answer| + |target|) of levels, departures put back on their base"
    return [Metric("smape", "lower", smape, unit="%", about=about, steps=shares)]
