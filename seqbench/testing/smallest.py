"""The smallest suite there is: one task, two networks, and what came of a few trials of them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqbench.bench.measure import measure
from seqbench.contract.architecture import Architecture, Lesson, Model, Point, Recipe
from seqbench.contract.data import Split
from seqbench.contract.metric import Metric
from seqbench.contract.probe import Subject
from seqbench.contract.signature import Reals, Signature, Tokens
from seqbench.contract.task import Task, token_frequencies
from seqbench.contract.trial import Choice, Coordinates, Measurement, Result, Trial
from seqbench.kits.torch import TorchArchitecture


@dataclass(frozen=True)
class Delayed(Task):
    """Say what was heard some steps ago."""

    name = "delayed"
    metrics = ("accuracy",)
    distance = "delay"
    distances = (1, 2, 4)
    delay: int = 2
    length: int = 12

    def signature(self) -> Signature:
        """Tokens in, tokens out."""
        return Signature(Tokens(3), Tokens(3), self.length)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        """Random tokens; the first steps do not count."""
        x = rng.integers(0, 3, (n, self.length))
        mask = np.broadcast_to(np.arange(self.length) >= self.delay, x.shape).copy()
        return Split(x, np.roll(x, self.delay, axis=1), mask)

    def chance(self) -> dict[str, float]:
        """One of three."""
        return {"accuracy": 1 / 3}


@dataclass(frozen=True)
class Heard(Delayed):
    """The same, heard as vectors."""

    name = "heard"

    def signature(self) -> Signature:
        """Reals in, tokens out."""
        return replace(super().signature(), inputs=Reals(3))

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        """Each token as its one-hot."""
        split = super().sample(n, rng)
        return replace(split, inputs=np.eye(3, dtype=np.float32)[split.inputs])


class Cell(nn.Module):
    """A GRU that streams."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.cell = nn.GRU(width, width, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """From x (N, T, width)."""
        y: Tensor = self.cell(x)[0]
        return y

    def initial_state(self, batch: int) -> Tensor:
        """Zeros, (1, N, width)."""
        return torch.zeros(1, batch, self.cell.hidden_size)

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """From x (N, width)."""
        y, state = self.cell(x[:, None], state)
        return y[:, 0], state


@dataclass(frozen=True, kw_only=True)
class Small(TorchArchitecture):
    """A few units."""

    name = "small"
    width: int = 8

    def mixer(self, width: int, io: Signature) -> nn.Module:
        """One cell."""
        return Cell(width)


@dataclass(frozen=True)
class Guess(Architecture):
    """An architecture without torch, and without a network."""

    name = "guess"

    def unsuited(self, io: Signature) -> str | None:
        """Tokens alone can be the commonest."""
        return None if isinstance(io.outputs, Tokens) else "guess gives tokens"

    def fit(self, lesson: Lesson) -> Model:
        """The commonest token."""
        return token_frequencies(lesson)


ACCURACY = Metric(
    "accuracy", "higher", lambda s, y: float((y.argmax(-1) == s.targets)[s.mask].mean())
)


def subject(architecture: Architecture, task: Delayed, seed: int = 0) -> Subject:
    """An architecture fitted on the task, as a probe is given it."""
    rng = np.random.default_rng(seed)
    train, valid = task.sample(32, rng), task.sample(16, rng)
    recipe = Recipe(examples=64, batch=16, evaluations=2)
    lesson = Lesson(task.signature(), train, valid, recipe, rng)
    model = architecture.fit(lesson)

    def score(at: Coordinates) -> list[Measurement]:
        changed: dict[str, Any] = dict(at)
        split = replace(task, **changed).sample(32, np.random.default_rng(seed + 1))
        told = model.predict(split.inputs, split.lengths)
        return [
            replace(one, at=at)
            for one in measure([ACCURACY], split, told, "test", {}, task.chance())
        ]

    return Subject(task, architecture, lesson, model, score, np.random.default_rng(seed))


def results() -> list[Result]:
    """Trials of every ending: two seeds that ended well, one that failed, one skipped, a guess."""
    task = Choice("delayed", {"delay": 2, "length": 12})
    made = [Trial(task, Choice("small", {"width": 8}), seed, {"lr": 0.003}) for seed in (0, 1)]
    made += [Trial(task, Choice(name, {}), 0, {"lr": 0.003}) for name in ("broken", "unsuited")]
    made += [Trial(task, Choice("majority", {}), 0, baseline=True)]
    curve = (Point(32, 1.1, 1.0), Point(64, 0.9, 0.95))
    facts = {"processor": "a machine", "threads": 1, "workers": 1, "device": "cpu"}
    costs = {"fit_seconds": 1.0, "parameters": 500.0, "examples_per_second": 64.0}
    return [
        Result(made[0], "ok", None, numbers(0.8), curve, costs, facts),
        Result(made[1], "ok", None, numbers(0.7), curve, costs, facts),
        Result(made[2], "failed", "RuntimeError: the spring is gone", facts=facts),
        Result(made[3], "skipped", "it reads ahead", facts=facts),
        Result(made[4], "ok", None, numbers(0.34), (), {}, facts),
    ]


def numbers(score: float) -> tuple[Measurement, ...]:
    """A score on each split that one is told of."""
    return tuple(
        Measurement("accuracy", score, "", split, {}, "higher", 1 / 3)
        for split in ("valid", "test")
    )
