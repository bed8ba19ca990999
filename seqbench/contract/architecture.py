"""What is measured."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from seqbench.contract.data import Split
from seqbench.contract.signature import Signature


@dataclass(frozen=True)
class Recipe:
    """How a gradient-trained architecture is taught; the same for all that stand in one suite."""

    examples: int = 20_000  # to see in all: counted, so that a busy machine changes no result
    batch: int = 32
    lr: float = 0.003
    optimizer: Literal["adamw", "adam", "sgd", "rmsprop"] = "adamw"
    momentum: float = 0.9  # of sgd; beta1 of adam and adamw; rmsprop has none
    weight_decay: float = 0.01  # kept off biases and norms
    schedule: Literal["constant", "cosine", "linear"] = "constant"  # of lr; both others end at 0
    warmup: float = 0.0  # share of the examples over which lr rises to its full height
    clip: float = 1.0  # most that a gradient may have, by `clip_by`; 0 for no clipping
    clip_by: Literal["norm", "value"] = "norm"  # of all weights together, or of each number
    tbptt: int = 0  # steps that a gradient reaches back, the state carried on; 0: all
    patience: int = 5  # evaluations on valid without a better one before stopping; 0: never stop
    keep: Literal["best", "last"] = "best"  # the weights that were best on valid, or the last ones
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
    order: np.random.Generator | None = None  # of the batches, alike for all; `rng` where None

    def batches(self, size: int) -> Iterator[Split]:
        """Shuffled batches of train, epoch after epoch, until the examples are spent.

        Where there are levels (a curriculum), the first half of the examples is drawn batch by
        batch from those whose level is reached: level 0 from the start, and level 1 halfway.
        """
        seen, rng = 0, self.order or self.rng
        if self.levels is not None:
            easiest = np.argsort(self.levels, kind="stable")
            levels = self.levels[easiest]
            while 2 * seen < self.recipe.examples:
                reached = max(2 * seen / self.recipe.examples, levels[0])
                known = int(np.searchsorted(levels, reached, side="right"))
                rows = rng.choice(known, min(size, known), replace=False)
                yield self.train[easiest[rows]]
                seen += len(rows)
        while seen < self.recipe.examples:
            order = rng.permutation(len(self.train))
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
    curve where there is one, `notes` what the record should keep (the best epoch, say),
    `network` the trained network itself where the architecture has one, and `valid` its answers
    on the lesson's valid split where training has them already.
    """

    predict: Predict
    parameters: int
    curve: tuple[Point, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    network: Any = None
    valid: np.ndarray | None = None


@dataclass(frozen=True)
class Weight:
    """What an architecture will be on a task, known before it is fitted.

    `parameters` is how many numbers it learns; `encoder`, `mixer` and `readout` are those on the
    way in, between the steps and on the way out. `flops_per_step` is forward floating-point
    operations for one step of one example at the signature's length, a multiplication with its
    addition counted as two; None where it was not asked for or cannot be counted.
    """

    parameters: int
    mixer: int
    encoder: int = 0
    readout: int = 0
    flops_per_step: float | None = None


class Architecture(ABC):
    """A way to turn a Lesson into a Model. A frozen dataclass; its fields are its settings."""

    name: ClassVar[str]
    version: ClassVar[int] = 1  # raise it when the same settings give another model
    source: ClassVar[str] = ""  # the paper, with its year
    causal: ClassVar[bool] = True  # can it keep from looking ahead? checked before a score
    dtypes: ClassVar[tuple[str, ...]] = ("float32",)  # in which its network claims to compute
    size: ClassVar[str] = "width"  # the int setting by which a suite makes it larger or smaller
    weightless: ClassVar[frozenset[str]] = frozenset()  # settings that never change what it weighs

    def unsuited(self, io: Signature) -> str | None:
        """Why this architecture cannot take the task on, or None where it can."""
        if io.causal and not self.causal:
            return f"{self.name} reads ahead, and this task allows no look at later inputs"
        return None

    def weigh(self, io: Signature, flops: bool = True) -> Weight | None:
        """How large it is on a task, or None where only fitting tells.

        Without `flops` these are not counted, which may be much quicker. Raises ValueError where
        it cannot be built with these settings.
        """
        return None

    @classmethod
    def variants(cls) -> Mapping[str, str]:
        """What else it can be by one of its settings, by name, with a line about each.

        For who is a door to many, and for `seqbench list architectures --NAME`.
        """
        return {}

    @abstractmethod
    def fit(self, lesson: Lesson) -> Model:
        """Learn. Raises Diverged where the loss is no longer finite."""
