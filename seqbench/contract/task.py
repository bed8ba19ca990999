"""What is asked of a model."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from seqbench.contract.architecture import Lesson, Model
from seqbench.contract.data import Role, Sizes, Split
from seqbench.contract.signature import Reals, Signature, Transcript

Baseline = Callable[[Lesson], Model]


class Task(ABC):
    """Something to learn. A subclass is a frozen dataclass; its fields are its settings.

    Write `sample` where examples are drawn by a procedure, `split` where they come from data
    that has its own training and test parts.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1  # raise it when the same settings give other data
    source: ClassVar[str] = ""  # the paper or data set, with its year and licence
    metrics: ClassVar[tuple[str, ...]]  # the first is the one a report ranks by
    sizes: ClassVar[Sizes] = Sizes()  # unless the suite says otherwise
    recipe: ClassVar[Mapping[str, Any]] = {}  # fields of Recipe, unless the suite says otherwise
    distance: ClassVar[str] = ""  # the setting that says how far back an answer lies, if one does
    distances: ClassVar[tuple[int, ...]] = ()  # values of it that tell memories apart
    files: ClassVar[tuple[Any, ...]] = ()  # members of seqbench.kits.archive that it reads

    @abstractmethod
    def signature(self) -> Signature:
        """The shapes this task speaks in."""

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        """Draw n examples, with no randomness but the rng's."""
        raise NotImplementedError(f"{type(self).__name__} needs sample(n, rng) or split(...)")

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        """At most n examples for one role, whose stream of randomness is its own."""
        return self.sample(n, rng)

    def checksum(self) -> str | None:
        """sha256 of the data this task reads, or None where it reads none. Part of a trial's id.

        It may not download: a pinned file's checksum is known beforehand.
        """
        return None

    def chance(self) -> Mapping[str, float]:
        """By metric, what guessing without looking gives, where that is known."""
        return {}

    def oracle(self, split: Split) -> np.ndarray | None:
        """The right answers computed from the inputs alone, (N, T, channels), or None."""
        return None

    def baselines(self) -> Mapping[str, Baseline]:
        """By name, the trivial answers a model has to beat, fitted on a lesson like any model."""
        match self.signature().outputs:
            case Reals():
                return {"mean": mean_answer}
            case Transcript():
                return {"silence": no_token}
        return {"majority": token_frequencies}


def token_frequencies(lesson: Lesson) -> Model:
    """Each output token by its share among the counted training targets, at every step."""
    vocab = lesson.io.outputs.channels
    seen = lesson.train.targets[lesson.train.mask]
    scores = np.log((np.bincount(seen, minlength=vocab) + 1.0) / (len(seen) + vocab))
    return constant(scores)


def no_token(lesson: Lesson) -> Model:
    """The empty transcript."""
    return constant(1e3 * np.eye(lesson.io.outputs.channels)[0])  # so sure that no beam doubts it


def mean_answer(lesson: Lesson) -> Model:
    """The mean of the counted training targets: their median, or quantiles, where these count."""
    seen = lesson.train.targets[lesson.train.mask]  # (counted, width)
    match lesson.io.outputs:
        case Reals(levels=levels) if levels:
            return constant(quantiles(seen, levels))
        case Reals(error="absolute"):
            return constant(np.median(seen, axis=0))
    return constant(seen.mean(axis=0))


def quantiles(seen: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Of numbers (N, width), whose columns take turns at the levels, the quantiles (width,)."""
    each = np.quantile(seen, levels, axis=0)  # (levels, width)
    at = np.arange(seen.shape[1])
    found: np.ndarray = each[at % len(levels), at]
    return found


def constant(answer: np.ndarray) -> Model:
    """A model that gives the same answer, (channels,), at every step of everything."""

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        return np.broadcast_to(answer, (*inputs.shape[:2], len(answer)))

    return Model(predict, answer.size)
