"""Say a string twice over."""

from dataclasses import dataclass

import numpy as np

from seqbench import Task, hookimpl
from seqbench_plugins.tasks.string_task import StringTask


@dataclass(frozen=True)
class DuplicateString(StringTask):
    """Bits, then blanks at which they are due in order, and once more.

    inputs   1 0 0 _ _ _ _ _ _
    targets  . . . 1 0 0 1 0 0      (a dot: not counted)
    """

    name = "duplicate_string"
    source = (
        "Delétang et al., Neural networks and the Chomsky hierarchy, 2023, duplicate string "
        "(context-sensitive): strings of 1 to 40 bits, then twice as many empty tokens"
    )

    def blanks(self) -> int:
        return 2 * self.length

    def answers(self, strings: np.ndarray) -> np.ndarray:
        return np.tile(strings, 2)


@hookimpl
def tasks() -> list[type[Task]]:
    return [DuplicateString]
