"""An architecture without torch: it learns how far to look back, and a table."""

from dataclasses import dataclass

import numpy as np

from seqbench import Architecture, Model, Tokens, Unsuited, hookimpl


@dataclass(frozen=True)
class NearestLag(Architecture):
    """What was answered most often to the token at one lag; the lag that fits best is taken."""

    name = "nearest_lag"
    source = "written for this package"
    furthest: int = 4  # steps

    def unsuited(self, io):
        if not (isinstance(io.inputs, Tokens) and isinstance(io.outputs, Tokens)):
            return "nearest_lag counts tokens"
        return super().unsuited(io)

    def fit(self, lesson):
        if why := self.unsuited(lesson.io):
            raise Unsuited(why)
        fits = [self.counts(lesson, lag) for lag in range(self.furthest + 1)]
        lag = int(np.argmax([counts.max(axis=1).sum() for counts in fits]))
        table = fits[lag] / fits[lag].sum(axis=1, keepdims=True).clip(1)
        return Model(lambda inputs, lengths=None: table[back(inputs, lag)], table.size)

    def counts(self, lesson, lag):
        """(vocab in, vocab out): how often each answer came to each token."""
        split = lesson.train
        pairs = back(split.inputs, lag)[split.mask], split.targets[split.mask]
        table = np.zeros((lesson.io.inputs.vocab, lesson.io.outputs.vocab))
        np.add.at(table, pairs, 1)
        return table


def back(inputs, lag):
    """What stood `lag` steps before each step, and token 0 before the first."""
    return np.pad(inputs, ((0, 0), (lag, 0)))[:, : inputs.shape[1]]


@hookimpl
def architectures():
    return [NearestLag]
