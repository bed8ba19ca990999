"""Say every other symbol of a string, then those between."""

from dataclasses import dataclass

import numpy as np

from seqbench import Task, hookimpl
from seqbench_plugins.tasks.string_task import StringTask


@dataclass(frozen=True)
class OddsFirst(StringTask):
    """Bits, then blanks: due are the first, third, fifth ... and then the second, fourth ...

    inputs   1 1 0 0 1 _ _ _ _ _
    targets  . . . . . 1 0 1 1 0      (a dot: not counted)
    """

    name = "odds_first"
    source = (
        "Delétang et al., Neural networks and the Chomsky hierarchy, 2023, odds first (context-"
        "sensitive), as the paper tells it, s1 s3 s5 ... s2 s4 ...; the authors' code gives the "
        "halves in the other order"
    )

    def answers(self, strings: np.ndarray) -> np.ndarray:
        return np.concatenate([strings[:, ::2], strings[:, 1::2]], axis=1)


@hookimpl
def tasks() -> list[type[Task]]:
    return [OddsFirst]
