"""A task: say what you heard some steps ago."""

from dataclasses import dataclass

import numpy as np

from seqbench import SeqbenchError, Signature, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class Delayed(Task):
    """Random tokens, each to be said again `delay` steps later."""

    name = "delayed"
    source = "written for this package"
    metrics = ("slips",)
    delay: int = 2  # steps
    length: int = 8  # steps
    vocab: int = 4

    def __post_init__(self):
        if not 0 < self.delay < self.length or self.vocab < 2:
            raise SeqbenchError("delayed takes a delay below its length, and a vocab of 2 or more")

    def signature(self):
        return Signature(Tokens(self.vocab), Tokens(self.vocab), self.length, causal=True)

    def sample(self, n, rng):
        inputs = rng.integers(0, self.vocab, (n, self.length))
        mask = np.zeros(inputs.shape, bool)
        mask[:, self.delay :] = True
        return Split(inputs, np.roll(inputs, self.delay, axis=1), mask)

    def chance(self):
        return {"slips": 1 - 1 / self.vocab}


@hookimpl
def tasks():
    return [Delayed]
