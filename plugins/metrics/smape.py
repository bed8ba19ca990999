"""How far answers are from real targets, beside their sizes."""

import numpy as np

from seqbench import Metric, Split, hookimpl


def smape(split: Split, outputs: np.ndarray) -> float:
    """Symmetric mean absolute percentage error (Makridakis, 1993; as in M4), 0 to 200 %.

    The mean of 200 |answer - target| / (|answer| + |target|), 0 where both are 0. It is of levels:
    where targets are departures, what they depart from is added to both. It means something
    where nought does: for vehicles, not for degrees Celsius.
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
    share = np.abs(answers - targets) / np.where(size > 0, size, 1)
    return float(200 * share.mean())


@hookimpl
def metrics() -> list[Metric]:
    about = "mean 2 |error| / (|answer| + |target|) of levels, departures put back on their base"
    return [Metric("smape", "lower", smape, unit="%", about=about)]
