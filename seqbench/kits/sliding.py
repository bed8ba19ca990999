"""A model of a whole window, asked at every step for the window that ends there."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from seqbench.contract.architecture import Lesson, Model
from seqbench.contract.data import Split

Fit = Callable[[Lesson], Model]


def sliding(fit: Fit, missing: int) -> Fit:
    """At each step, what `fit` learned to answer to the last `length` inputs up to it.

    `fit` gets one window for each counted step, with that step's target as its only one. Steps
    before the first are `missing`.
    """

    def learned(lesson: Lesson) -> Model:
        length = lesson.io.length
        train, valid = (windows(part, length, missing) for part in (lesson.train, lesson.valid))
        model = fit(replace(lesson, train=train, valid=valid))

        def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
            ends = range(inputs.shape[1])
            told = [model.predict(window(inputs, end, length, missing), None) for end in ends]
            return np.stack([answers[:, -1] for answers in told], axis=1)

        return Model(predict, model.parameters)

    return learned


def windows(split: Split, length: int, missing: int) -> Split:
    """One row for each counted step, those of the first step first; its one target counts."""
    ends = np.flatnonzero(split.mask.any(axis=0)).tolist()
    given = [window(split.inputs[split.mask[:, end]], end, length, missing) for end in ends]
    wanted = np.concatenate([split.targets[split.mask[:, end], end] for end in ends])
    return replace(
        split,
        inputs=np.concatenate(given),
        targets=wanted[:, None],
        mask=np.ones((len(wanted), 1), bool),
        lengths=None,
        base=None,
    )


def window(inputs: np.ndarray, end: int, length: int, missing: int) -> np.ndarray:
    """Of (N, T, ...) the `length` steps up to and with `end`."""
    seen = inputs[:, max(0, end + 1 - length) : end + 1]
    before = (length - seen.shape[1], 0)
    rest = [(0, 0)] * (inputs.ndim - 2)
    return np.pad(seen, ((0, 0), before, *rest), constant_values=missing)
