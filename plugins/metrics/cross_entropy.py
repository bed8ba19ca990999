"""How much of the targets the scores leave to be told, in nats or in bits."""

import numpy as np

from seqbench import Metric, Split, hookimpl


def surprises(split: Split, outputs: np.ndarray) -> np.ndarray:
    """Nats, -log softmax(scores)[target], (counted,); scores (N, T, vocab) of any size."""
    scores = outputs[split.mask]  # (counted, vocab)
    scores = np.asarray(scores, np.result_type(scores, np.float32))
    scores -= scores.max(axis=-1, keepdims=True)  # so that no exp overflows
    right = np.take_along_axis(scores, split.targets[split.mask][:, None], axis=-1)[:, 0]
    # In the answers' own precision, as exponentials of float64 take four times as long; their sums
    # are of numbers up to 1, and errors of single steps are lost in a mean of float64.
    np.exp(scores, out=scores)
    total = np.einsum("nv->n", scores)
    told: np.ndarray = np.log(total, dtype=np.float64) - right
    return told


def cross_entropy(split: Split, outputs: np.ndarray) -> float:
    """Nats a counted step."""
    return float(surprises(split, outputs).mean())


def surprises_in_bits(split: Split, outputs: np.ndarray) -> np.ndarray:
    """The same in bits, (counted,)."""
    return surprises(split, outputs) / np.log(2)


def bits(split: Split, outputs: np.ndarray) -> float:
    """Bits a counted step."""
    return float(surprises_in_bits(split, outputs).mean())


@hookimpl
def metrics() -> list[Metric]:
    return [
        Metric(
            "cross_entropy",
            "lower",
            cross_entropy,
            "nats",
            "mean -log p(target) by softmax",
            steps=surprises,
        ),
        Metric(
            "bits_per_character",
            "lower",
            bits,
            "bits",
            "mean -log2 p(next character)",
            steps=surprises_in_bits,
        ),
    ]
