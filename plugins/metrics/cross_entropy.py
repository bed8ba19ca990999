"""How much of the targets the scores leave to be told, in nats or in bits."""

import numpy as np

from seqbench import Metric, Split, hookimpl


def cross_entropy(split: Split, outputs: np.ndarray) -> float:
    """Nats a counted step, -log softmax(scores)[target]; scores (N, T, vocab) of any size."""
    scores = outputs[split.mask].astype(np.float64)  # (counted, vocab)
    scores -= scores.max(axis=-1, keepdims=True)  # so that no exp overflows
    right = np.take_along_axis(scores, split.targets[split.mask][:, None], axis=-1)[:, 0]
    return float((np.log(np.exp(scores).sum(axis=-1)) - right).mean())


def bits(split: Split, outputs: np.ndarray) -> float:
    """The same in bits."""
    return cross_entropy(split, outputs) / float(np.log(2))


@hookimpl
def metrics() -> list[Metric]:
    return [
        Metric("cross_entropy", "lower", cross_entropy, "nats", "mean -log p(target) by softmax"),
        Metric("bits_per_character", "lower", bits, "bits", "mean -log2 p(next character)"),
    ]
