"""Imports, compilation and caches are paid once in a process, before a clock runs."""

from contextlib import suppress
from dataclasses import replace

import numpy as np

from seqbench.contract.architecture import Architecture, Lesson
from seqbench.contract.errors import Diverged

ENOUGH = 4  # examples to answer for: those are batches of no size in particular

_rehearsed: set[object] = set()


def rehearse(architecture: Architecture, lesson: Lesson) -> None:
    """Fit one batch of the trial's own shapes, answer for a few examples, and forget the outcome.

    That it diverges there says nothing: the training itself will tell, with its own step and curve.
    """
    size = lesson.recipe.batch
    key = (type(architecture), repr(architecture), lesson.io, size)  # a setting may be a mapping
    if key in _rehearsed:
        return
    few = lesson.train[:size]
    once = replace(lesson.recipe, examples=min(size, len(few)), evaluations=1)
    with suppress(Diverged):
        model = architecture.fit(
            Lesson(lesson.io, few, lesson.valid[:ENOUGH], once, np.random.default_rng(0))
        )
        asked = few[:ENOUGH]
        model.predict(asked.inputs, asked.lengths)
    _rehearsed.add(key)
