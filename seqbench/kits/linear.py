"""Linear models, fitted to the end: the floor that a network has to rise above."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from seqbench.contract.architecture import Lesson, Model
from seqbench.contract.data import Split
from seqbench.contract.signature import Reals
from seqbench.contract.task import quantiles

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # of standardised features, per example

Describe = Callable[[np.ndarray, np.ndarray | None], np.ndarray]  # inputs, lengths -> (N, features)


@dataclass(frozen=True)
class Linear:
    """From features (N, D) to answers (N, K): standardise, multiply, add."""

    mean: np.ndarray  # (D,)
    spread: np.ndarray  # (D,)
    weights: np.ndarray  # (D, K)
    bias: np.ndarray  # (K,)

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Answers (N, K)."""
        answers: np.ndarray = (features - self.mean) / self.spread @ self.weights + self.bias
        return answers

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""
        return self.weights.size + self.bias.size


def ridge(x: np.ndarray, y: np.ndarray, penalties: Iterable[float]) -> list[Linear]:
    """Least squares with penalty * |weights|² an example (Hoerl and Kennard, 1970), for each one.

    x (N, D), y (N, K); solved exactly, by one eigendecomposition for all penalties.
    """
    mean, spread = moments(x)
    z, middle = (x - mean) / spread, y.mean(axis=0)
    values, vectors = np.linalg.eigh(z.T @ z / len(z))
    known = vectors.T @ (z.T @ (y - middle) / len(z))  # (D, K)
    return [
        Linear(mean, spread, vectors @ (known / (values + penalty)[:, None]), middle)
        for penalty in penalties
    ]


def softmax_regression(x: np.ndarray, y: np.ndarray, classes: int, penalty: float) -> Linear:
    """Multinomial logistic regression with penalty/2 * |weights|²; the bias goes free.

    x (N, D), y (N,) labels. Minimised by accelerated gradient descent (Nesterov, 1983) with
    restarts, its step from the largest eigenvalue, until the gradient is small.
    """
    mean, spread = moments(x)
    z = np.column_stack([(x - mean) / spread, np.ones(len(x))])  # (N, D + 1)
    wanted = np.eye(classes)[y]  # (N, classes)
    decay = np.full((z.shape[1], 1), penalty)
    decay[-1] = 0.0
    step = 1.0 / (np.linalg.eigvalsh(z.T @ z / len(z))[-1] / 2 + penalty)
    here = ahead = np.zeros((z.shape[1], classes))
    momentum = 1.0
    for _ in range(2000):
        slope = z.T @ (softmax(z @ ahead) - wanted) / len(z) + decay * ahead
        if np.abs(slope).max() < 1e-5:
            break
        there = ahead - step * slope
        if np.sum(slope * (there - here)) > 0:  # uphill: forget the momentum
            momentum = 1.0
        faster = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = there + (momentum - 1) / faster * (there - here)
        here, momentum = there, faster
    return Linear(mean, spread, ahead[:-1], ahead[-1])


def bag(describe: Describe) -> Callable[[Lesson], Model]:
    """A baseline for one label a sequence, which sees a description of it and not its order.

    Softmax regression on `describe(inputs, lengths)`; its penalty is chosen on valid.
    """

    def fit(lesson: Lesson) -> Model:
        x, y = describe(lesson.train.inputs, lesson.train.lengths), labels(lesson.train)
        other, truth = describe(lesson.valid.inputs, lesson.valid.lengths), labels(lesson.valid)
        classes = lesson.io.outputs.channels
        tried = [softmax_regression(x, y, classes, penalty) for penalty in PENALTIES]
        best = min(tried, key=lambda linear: surprise(linear(other), truth))

        def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
            return everywhere(best(describe(inputs, lengths)), inputs.shape[1])

        return Model(predict, best.parameters)

    return fit


def window_ridge(lesson: Lesson) -> Model:
    """A baseline for one real answer a sequence of fixed length: ridge on all its numbers.

    The penalty is chosen by the mean absolute error on valid. Quantiles lie about its answer as
    those of its errors on valid do.
    """
    fitted = ridge(flat(lesson.train.inputs), labels(lesson.train), PENALTIES)
    seen, truth = flat(lesson.valid.inputs), labels(lesson.valid)
    best = min(fitted, key=lambda linear: float(np.abs(linear(seen) - truth).mean()))
    levels = lesson.io.outputs.levels if isinstance(lesson.io.outputs, Reals) else ()
    beside = quantiles(truth - best(seen), levels) if levels else 0.0

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        return everywhere(best(flat(inputs)) + beside, inputs.shape[1])

    return Model(predict, best.parameters)


def mean_frame(inputs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """The mean over each sequence's real steps: (N, T, width) -> (N, width)."""
    count = np.full(len(inputs), inputs.shape[1]) if lengths is None else lengths
    real = np.arange(inputs.shape[1]) < count[:, None]  # (N, T)
    means: np.ndarray = np.einsum("ntw,nt->nw", inputs, real, dtype=float) / count[:, None]
    return means


def flat(inputs: np.ndarray) -> np.ndarray:
    """All numbers of a sequence side by side: (N, T, width) -> (N, T * width)."""
    return inputs.reshape(len(inputs), -1).astype(np.float64)


def labels(split: Split) -> np.ndarray:
    """The one counted target of each sequence, (N,) or (N, width)."""
    if not (split.mask.sum(axis=1) == 1).all():
        raise ValueError("this baseline is for tasks in which each sequence counts one step")
    found: np.ndarray = split.targets[split.mask]
    return found


def everywhere(answers: np.ndarray, steps: int) -> np.ndarray:
    """One answer a sequence, (N, K), given at every step: (N, T, K)."""
    return np.broadcast_to(answers[:, None], (len(answers), steps, answers.shape[1]))


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column; 1 for a column that never changes."""
    spread = x.std(axis=0, dtype=np.float64)
    return x.mean(axis=0, dtype=np.float64), np.where(spread > 1e-12, spread, 1.0)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: np.ndarray = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def surprise(scores: np.ndarray, y: np.ndarray) -> float:
    """Mean cross entropy of labels (N,) under scores (N, classes), in nats."""
    right = softmax(scores)[np.arange(len(y)), y]
    return -float(np.log(np.maximum(right, 1e-300)).mean())
