"""Which steps of a series are out of order?"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Any, ClassVar, Literal

import numpy as np

from seqbench import (
    Lesson,
    Model,
    Reals,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    Tokens,
    hookimpl,
)
from seqbench.kits.linear import softmax_regression

KINDS = ("spikes", "shift", "frequency")
RADIUS = 0.97  # of the autoregression's poles: how long it swings
NOISE = 0.1  # on a periodic series, whose own deviation is 1


@dataclass(frozen=True)
class Anomaly(Task):
    """Each step of a series is in order, 0, or not, 1: a spike, a shifted level, another frequency.

    A series is periodic (two harmonics and noise) or an autoregression of order 2, each with its
    own period of 8 to 20 steps, of mean 0 and deviation 1 before anything befalls it. From the
    second quarter on, one thing does: 3 to 6 single steps are 2 to 4 higher or lower; or a stretch
    of an eighth to a quarter of the series is; or in such a stretch the frequency is twice as high.
    Every step that is out of order counts, and as many of the others, drawn at random: so the
    accuracy is a balanced one, and chance is 1/2.
    """

    name = "anomaly"
    source = (
        "procedural; kinds of anomaly after Chandola, Banerjee and Kumar, Anomaly detection: "
        "a survey, 2009 (points, and stretches that are out of order in their context)"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=4000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10}
    length: int = 96  # steps
    kind: Literal["any", "spikes", "shift", "frequency"] = "any"  # of what befalls a series
    series: Literal["any", "periodic", "autoregressive"] = "any"
    causal: bool = True  # a step is to be told from itself and those before it

    def __post_init__(self) -> None:
        if not 32 <= self.length <= 4096:
            raise SeqbenchError(f"anomaly.length is {self.length}; it takes 32 to 4096 steps")

    def signature(self) -> Signature:
        return Signature(Reals(1), Tokens(2), self.length, causal=self.causal)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        drawn = rng.integers(0, 3, n)
        kind = drawn if self.kind == "any" else np.full(n, KINDS.index(self.kind))
        spikes, stretch = single_steps(n, self.length, rng), stretches(n, self.length, rng)
        out = np.where((kind == 0)[:, None], spikes, stretch)  # (n, T)
        turn = 2 * np.pi / rng.uniform(8, 20, n)[:, None] * np.where(out, 2, 1)
        turn[kind != 2] = turn[kind != 2, :1]  # out is false at the first step
        is_periodic = rng.random(n) < {"any": 0.5, "periodic": 1, "autoregressive": 0}[self.series]
        x = np.where(is_periodic[:, None], periodic(turn, rng), autoregressive(turn, rng))
        height = rng.uniform(2, 4, (n, self.length)) * rng.choice([-1, 1], (n, self.length))
        height = np.where((kind == 0)[:, None], height, height[:, :1])  # a level is one
        x += np.where((kind != 2)[:, None] & out, height, 0)
        mask = out | as_many(out, rng)
        return Split(x[..., None].astype(np.float32), out.astype(np.int64), mask)

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / 2, "cross_entropy": log(2)}

    def baselines(self) -> Any:
        return {**super().baselines(), "z_score": z_score}


def single_steps(n: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """True at 3 to 6 steps of each series, after its first quarter: (n, length)."""
    order = rng.random((n, length))
    order[:, : length // 4] = 2
    rank = order.argsort(axis=1).argsort(axis=1)
    found: np.ndarray = rank < rng.integers(3, 7, n)[:, None]
    return found


def stretches(n: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """True in one stretch of each series, after its first quarter: (n, length)."""
    long = rng.integers(length // 8, length // 4 + 1, n)
    start = rng.integers(length // 4, length - long + 1)
    step = np.arange(length)
    return (step >= start[:, None]) & (step < (start + long)[:, None])


def as_many(out: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Of the other steps of each series as many as are out of order: (n, T)."""
    order = np.where(out, 2, rng.random(out.shape))
    rank = order.argsort(axis=1).argsort(axis=1)
    found: np.ndarray = rank < out.sum(axis=1, keepdims=True)
    return found


def periodic(turn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Two harmonics whose angle grows by `turn` (n, T) a step, and noise; its deviation is 1."""
    n, steps = turn.shape
    begin, lag = rng.uniform(0, 2 * np.pi, (2, n, 1))
    angle = begin + turn.cumsum(axis=1)
    wave = np.sin(angle) + rng.uniform(0, 0.6, (n, 1)) * np.sin(2 * angle + lag)
    wave /= np.sqrt(np.square(wave).mean(axis=1, keepdims=True))
    noisy: np.ndarray = (wave + NOISE * rng.standard_normal((n, steps))) / np.sqrt(1 + NOISE**2)
    return noisy


def autoregressive(turn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise that swings by an angle of about `turn` (n, T) a step; its deviation is 1."""
    n, steps = turn.shape
    lead = 100  # steps until the start is forgotten
    whole = np.concatenate([np.repeat(turn[:, :1], lead, axis=1), turn], axis=1)
    near, far = 2 * RADIUS * np.cos(whole), -(RADIUS**2)
    # of Yule and Walker: the variance that unit noise comes to
    variance = (1 - far) / ((1 + far) * (1 - near - far) * (1 + near - far))
    noise = rng.standard_normal((n, lead + steps)) / np.sqrt(variance)
    x = np.zeros((n, lead + steps))
    for t in range(2, lead + steps):
        x[:, t] = near[:, t] * x[:, t - 1] + far * x[:, t - 2] + noise[:, t]
    return x[:, lead:]


def z_score(lesson: Lesson) -> Model:
    """How far a step is from the mean of those before it, in their deviations, and a threshold.

    The threshold is a logistic regression on that number.
    """
    distance, train = departures(lesson.train.inputs), lesson.train
    x, y = distance[train.mask][:, None], train.targets[train.mask]
    fitted = softmax_regression(x, y, 2, penalty=1e-4)

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        return fitted(departures(inputs).reshape(-1, 1)).reshape(*inputs.shape[:2], 2)

    return Model(predict, fitted.parameters)


def departures(inputs: np.ndarray) -> np.ndarray:
    """|x - mean| / deviation of the steps before, 0 at the first two: (N, T, 1) -> (N, T)."""
    x = inputs[..., 0].astype(np.float64)
    count = np.arange(1, x.shape[1] + 1)
    mean = x.cumsum(axis=1) / count
    spread = np.sqrt(np.maximum(np.square(x).cumsum(axis=1) / count - mean**2, 1e-12))
    found = np.zeros_like(x)
    found[:, 2:] = np.abs(x[:, 2:] - mean[:, 1:-1]) / np.maximum(spread[:, 1:-1], 1e-3)
    return np.minimum(found, 20.0)


@hookimpl
def tasks() -> list[type[Task]]:
    return [Anomaly]
