"""What is measured."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from seqbench.contract.data import Split
from seqbench.contract.signature import Signature


@dataclass(frozen=True)
class Recipe:
    """How a gradient-trained architecture is taught; the same for all that stand in one suite."""

    examples: int = 20_000  # to see in all: counted, so that a busy machine changes no result
    batch: int = 32
    lr: float = 0.003
    weight_decay: float = 0.01
    clip: float = 1.0  # largest norm of a gradient; 0 for no clipping
    patience: int = 5  # evaluations on valid without a better one before stopping; 0: never stop
    evaluations: int = 20  # on valid, evenly over the examples


@dataclass(frozen=True)
class Point:
    """One point of a learning curve; losses are means over counted steps, in the loss's unit."""

    examples: int
    train_loss: float
    valid_loss: float


@dataclass(frozen=True)
class Lesson:
    """All that a model may learn from; the test split is not in it."""

    io: Signature
    train: Split
    valid: Split  # to choose by (an epoch, a size), not to learn from
    recipe: Recipe
    rng: np.random.Generator
    report: Callable[[Point], None] = field(default=lambda point: None, compare=False)
    levels: np.ndarray | None = None  # (N,) in 0..1: how late in training each example may come

    def batches(self, size: int) -> Iterator[Split]:
        """Shuffled batches of train, epoch after epoch, until the examples are spent.

        Where there are levels (a curriculum), an example comes once its level is reached: level
        0 from the start, level 1 from half of the examples on.
        """
        seen = 0
        while seen < self.recipe.examples:
            order = self.rng.permutation(len(self.train))
            if self.levels is not None:
                reached = self.levels[order] <= max(
                    2 * seen / self.recipe.examples, self.levels.min()
                )
                order = order[reached]
            for start in range(0, len(order), size):
                if seen >= self.recipe.examples:
                    return
                batch = self.train[order[start : start + size]]
                yield batch
                seen += len(batch)


Predict = Callable[[np.ndarray, np.ndarray | None], np.ndarray]


@dataclass(frozen=True)
class Model:
    """A fitted architecture.

    `predict(inputs, lengths)` gives the answers at every step, (N, T, vocab) scores or
    (N, T, width) values; `parameters` is how many numbers were learned. `curve` is the learning
    curve where there is one, `notes` what the record should keep (the best epoch, say), and
    `network` the trained network itself where the architecture has one.
    """

    predict: Predict
    parameters: int
    curve: tuple[Point, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    network: Any = None


class Architecture(ABC):
    """A way to turn a Lesson into a Model. A frozen dataclass; its fields are its settings."""

    name: ClassVar[str]
    version: ClassVar[int] = 1  # raise it when the same settings give another model
    source: ClassVar[str] = ""  # the paper, with its year
    causal: ClassVar[bool] = True  # can it keep from looking ahead? checked before a score

    def unsuited(self, io: Signature) -> str | None:
        """Why this architecture cannot take the task on, or None where it can."""
        if io.causal and not self.causal:
            return f"{self.name} reads ahead, and this task allows no look at later inputs"
        return None

    @abstractmethod
    def fit(self, lesson: Lesson) -> Model:
        """Learn. Raises Diverged where the loss is no longer finite."""
