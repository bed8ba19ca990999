"""Where on a ring does a walk end?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class CycleNavigation(Task):
    """Stay (0), a step on (1) or a step back (2), on a ring of `cycle` places: which is reached?

    inputs   1 1 0 2 2 2
    targets  1 2 2 1 0 4      (cycle 5, from place 0; every=False: the 4 alone counts)

    Asked at every step, a model is taught walks of all lengths up to `length` at once. Asked at
    the last alone, it learns nothing of a part before it has the whole.
    """

    name = "cycle_navigation"
    source = (
        "Delétang et al., Neural networks and the Chomsky hierarchy, 2023, cycle navigation: they "
        "ask at the last step of walks of 1 to 40 moves, here the place is asked at every step "
        "(or, with every=False, at the last) of a fixed length"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=16_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10, "patience": 0}
    length: int = 16  # moves; short walks are few, which train and test share
    cycle: int = 5  # places
    every: bool = True  # ask at every step, not at the last alone

    def __post_init__(self) -> None:
        for setting, least in (("length", 1), ("cycle", 2)):
            if (value := getattr(self, setting)) < least:
                raise SeqbenchError(
                    f"cycle_navigation.{setting} is {value}; it takes {least} or more"
                )

    def signature(self) -> Signature:
        return Signature(Tokens(3), Tokens(self.cycle), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        inputs = rng.integers(0, 3, (n, self.length))
        moves = np.array([0, 1, -1])[inputs]
        mask = np.full(inputs.shape, self.every)
        mask[:, -1] = True
        return Split(inputs, moves.cumsum(axis=1) % self.cycle, mask)

    def oracle(self, split: Split) -> np.ndarray:
        on, back = ((split.inputs == move).cumsum(axis=1) for move in (1, 2))
        return np.eye(self.cycle)[(on - back) % self.cycle]

    def chance(self) -> Mapping[str, float]:
        # Who knows the step alone says the place that is likeliest there.
        share = self.places().clip(1e-12)  # (steps asked, cycle); places out of reach have 0
        surprise = -(share * np.log(share)).sum(axis=1)
        return {"accuracy": share.max(axis=1).mean(), "cross_entropy": surprise.mean()}

    def places(self) -> np.ndarray:
        """How likely each place is at each step that is asked, (steps, cycle).

        The modes of a walk on a ring are its Fourier modes; each shrinks by a factor a step.
        """
        shrink = (1 + 2 * np.cos(2 * np.pi * np.arange(self.cycle) / self.cycle)) / 3
        asked = np.arange(1 if self.every else self.length, self.length + 1)
        return np.fft.ifft(shrink ** asked[:, None]).real


@hookimpl
def tasks() -> list[type[Task]]:
    return [CycleNavigation]
