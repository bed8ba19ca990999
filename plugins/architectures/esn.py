"""The echo state network (Jaeger, 2001): a random recurrent network with a trained readout."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from seqbench import (
    Architecture,
    Lesson,
    Model,
    SeqbenchError,
    Signature,
    Split,
    Tokens,
    Transcript,
    Weight,
    hookimpl,
)

PENALTIES = tuple(10.0**power for power in range(-9, 2))  # of a readout's weights, a counted step
SCALES = tuple(2.0**power for power in range(-1, 7))  # from a readout's shares to scores
MOST = 5000  # units: a fit's time grows with their cube
BATCH = 256  # sequences run at once
LARGE = 1000  # units, beyond which eigenvalues take too long


@dataclass(frozen=True, kw_only=True)
class EchoState(Architecture):
    """x = (1 - leak) x + leak tanh(W u + U x + b), with W, U and b drawn once, and a readout of x.

    What it learns, and counts as its parameters, is the readout alone, found by ridge regression
    with the penalty that is best on valid. For tokens it is fitted to ones and zeros, and its
    answers are scaled to scores. It reads no more examples than the recipe has, and each once.
    """

    name = "esn"
    source = "Jaeger, The echo state approach to analysing and training recurrent neural "
    source += "networks, 2001; leak: Jaeger et al., 2007"
    width: int = 300  # units
    radius: float = 0.9  # of the spectrum of U
    leak: float = 1.0  # share of a unit that is new at each step
    gain: float = 0.5  # of the inputs: W is drawn from N(0, gain^2)
    offset: float = 0.1  # of the units: b is drawn from N(0, offset^2)

    def __post_init__(self) -> None:
        if not 1 <= self.width <= MOST:
            raise SeqbenchError(f"esn.width is {self.width}; it takes 1 to {MOST}")
        if not 0 < self.leak <= 1:
            raise SeqbenchError(f"esn.leak is {self.leak}; it takes a number above 0, to 1")
        for setting in ("radius", "gain", "offset"):
            if not (isfinite(value := getattr(self, setting)) and value >= 0):
                raise SeqbenchError(f"esn.{setting} is {value}; it takes 0 or a number above")

    def unsuited(self, io: Signature) -> str | None:
        if isinstance(io.outputs, Transcript):
            return "esn is fitted step by step, and a transcript's tokens belong to no step"
        return super().unsuited(io)

    def weigh(self, io: Signature, flops: bool = True) -> Weight:
        """The readout, which sees units and inputs; a token is one row of W, not a product."""
        given = 0 if isinstance(io.inputs, Tokens) else io.inputs.width
        readout = (self.width + given + 1) * io.outputs.channels
        work = 2 * (self.width * (self.width + given) + (self.width + given) * io.outputs.channels)
        return Weight(readout, 0, readout=readout, flops_per_step=float(work) if flops else None)

    def fit(self, lesson: Lesson) -> Model:
        """Drive the reservoir with train, solve for readouts, keep that which is best on valid."""
        reservoir = Reservoir(self, lesson.io, lesson.rng)
        most = min(len(lesson.train), lesson.recipe.examples)
        rows = lesson.rng.permutation(len(lesson.train))[:most]
        readouts = solved(*moments(reservoir, lesson.train[np.sort(rows)], lesson.io))
        losses = tried(reservoir, readouts, lesson)
        readout, scale = np.unravel_index(np.argmin(losses), losses.shape)
        weights = readouts[readout] * scales(lesson.io)[scale]

        def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
            parts = np.split(inputs, range(BATCH, len(inputs), BATCH))
            return np.concatenate([reservoir.states(part) @ weights for part in parts])

        notes = {"ridge": PENALTIES[readout], "scale": scales(lesson.io)[scale]}
        return Model(predict, weights.size, notes=notes)


class Reservoir:
    """What is drawn once, and how it echoes its inputs."""

    def __init__(self, settings: EchoState, io: Signature, rng: np.random.Generator) -> None:
        self.symbols, self.leak, units = (
            isinstance(io.inputs, Tokens),
            settings.leak,
            settings.width,
        )
        rows = io.inputs.vocab if isinstance(io.inputs, Tokens) else io.inputs.width
        self.enter = settings.gain * rng.normal(size=(rows, units))  # W
        self.recur = rng.normal(size=(units, units)) / units**0.5  # U
        self.recur *= settings.radius / radius(self.recur)
        self.offset = settings.offset * rng.normal(size=units)  # b

    def states(self, inputs: np.ndarray) -> np.ndarray:
        """What the readout sees: units, real inputs and a 1, (N, T, units + width + 1)."""
        drive = self.enter[inputs] if self.symbols else inputs @ self.enter
        x = np.zeros((len(inputs), len(self.offset)))
        seen = np.empty_like(drive, dtype=float)
        for t in range(drive.shape[1]):
            fresh = np.tanh(drive[:, t] + x @ self.recur + self.offset)
            x = (1 - self.leak) * x + self.leak * fresh
            seen[:, t] = x
        ones = np.ones((*seen.shape[:2], 1))
        return np.concatenate([seen, ones] if self.symbols else [seen, inputs, ones], axis=-1)


def radius(matrix: np.ndarray) -> float:
    """The largest size of an eigenvalue; of a large matrix, by the circular law (Girko, 1984).

    The law says 1 for numbers from N(0, 1 / units), and is some percent off at LARGE.
    """
    return 1.0 if len(matrix) > LARGE else float(np.abs(np.linalg.eigvals(matrix)).max())


def moments(
    reservoir: Reservoir, split: Split, io: Signature
) -> tuple[np.ndarray, np.ndarray, int]:
    """Sums over counted steps of features times features and times targets, and their number."""
    square, known, count = 0.0, 0.0, 0
    for start in range(0, len(split), BATCH):
        part = split[start : start + BATCH]
        seen = reservoir.states(part.inputs)[part.mask]  # (counted, features)
        wanted = part.targets[part.mask]
        if isinstance(io.outputs, Tokens):
            wanted = np.eye(io.outputs.vocab)[wanted]
        square, known, count = square + seen.T @ seen, known + seen.T @ wanted, count + len(seen)
    return np.asarray(square), np.asarray(known), count


def solved(square: np.ndarray, known: np.ndarray, count: int) -> list[np.ndarray]:
    """Readouts (features, channels) by ridge regression (Hoerl and Kennard, 1970), one a penalty.

    The last feature is 1; its weight goes free.
    """
    mean, middle = square[-1, :-1] / count, known[-1] / count
    values, vectors = np.linalg.eigh(square[:-1, :-1] / count - np.outer(mean, mean))
    turned = vectors.T @ (known[:-1] / count - np.outer(mean, middle))
    values = np.maximum(values, 0.0)[:, None]
    weights = [vectors @ (turned / (values + penalty)) for penalty in PENALTIES]
    return [np.vstack([w, middle - mean @ w]) for w in weights]


def tried(reservoir: Reservoir, readouts: list[np.ndarray], lesson: Lesson) -> np.ndarray:
    """The loss on valid with each readout and scale, (readouts, scales)."""
    split, total, count = lesson.valid, 0.0, 0
    for start in range(0, len(split), BATCH):
        part = split[start : start + BATCH]
        seen, wanted = reservoir.states(part.inputs)[part.mask], part.targets[part.mask]
        count += len(wanted)
        total = total + np.array(
            [
                [lost(scale * (seen @ w), wanted, lesson.io) for scale in scales(lesson.io)]
                for w in readouts
            ]
        )
    return np.asarray(total / count)


def lost(answers: np.ndarray, wanted: np.ndarray, io: Signature) -> float:
    """The sum of cross entropies, or of squared or absolute errors."""
    if isinstance(io.outputs, Tokens):
        raised = answers - answers.max(axis=1, keepdims=True)
        picked = np.take_along_axis(raised, wanted[:, None], axis=1)[:, 0]
        return float((np.log(np.exp(raised).sum(axis=1)) - picked).sum())
    off = np.abs(answers - wanted)
    return float((off if io.outputs.error == "absolute" else off**2).sum())


def scales(io: Signature) -> tuple[float, ...]:
    """Those to choose from: real answers are left as they are."""
    return SCALES if isinstance(io.outputs, Tokens) else (1.0,)


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [EchoState]
