"""How much of the targets the scores leave to be told, in nats or in bits."""

import numpy as np

from seqbench import Metric, Split, hookimpl


def cross_entropy(split: Split, outputs: np.ndarray) -> float:
    """Nats a counted step, -log softmax(scores)[target]; scores (N, T, vocab) of any size."""
    scores = outputs[split.mask]  # (counted, vocab)
    scores = np.asarray(scores, np.result_type(scores, np.float32))
    scores -= scores.max(axis=-1, keepdims=True)  # so that no exp overflows
    right = np.take_along_axis(scores, split.targets[split.mask][:, None], axis=-1)[:, 0]
    # In the answers' own precision, as exponentials of float64 take four times as long; their sums
    # are of numbers up to 1, and errors of single steps are lost in a mean of float64.
    np.exp(scores, out=scores)
    total = np.einsum("nv->n", scores)
    return float((np.log(total, dtype=np.float64) - right).mean())


def bits(split: Split, outputs: np.ndarray) -> float:
    """The same in bits."""
    return cross_entropy(split, outputs) / float(np.log(2))


@hookimpl
def metrics() -> list[Metric]:
    return [
        Metric("cross_entropy", "lower", cross_entropy, "nats", "mean -log p(target) by softmax"),
        Metric("bits_per_character", "lower", bits, "bits", "mean -log2 p(next character)"),
    ]
