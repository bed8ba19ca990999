"""How near the sequences that a model comes up with are to the right ones."""

from collections.abc import Sequence

import numpy as np

from seqbench import Metric, hookimpl


def exact_match(right: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> float:
    """The share of sequences that are right from the first token to the last."""
    return float(np.mean([np.array_equal(a, b) for a, b in zip(right, found, strict=True)]))


def token_error_rate(right: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> float:
    """Insertions, deletions and substitutions over the number of tokens in the right sequences.

    Known as word or character error rate, by the kind of token. It may be above 1.
    """
    edits = sum(distance(a, b) for a, b in zip(right, found, strict=True))
    return edits / max(1, sum(map(len, right)))


def distance(one: np.ndarray, other: np.ndarray) -> int:
    """The least number of insertions, deletions and substitutions (Levenshtein, 1966)."""
    steps = np.arange(len(other) + 1)
    costs = steps  # of the first tokens of `one` against every beginning of `other`
    for token in one:
        moved = np.minimum(costs[1:] + 1, costs[:-1] + (other != token))
        row = np.concatenate([[costs[0] + 1], moved])
        costs = np.minimum.accumulate(row - steps) + steps  # insertions, from left to right
    return int(costs[-1])


@hookimpl
def metrics() -> list[Metric]:
    exact = "share of sequences, generated or transcribed freely, that are right as a whole"
    rate = "edits a token between the sequences found freely and the right ones"
    return [
        Metric("exact_match", "higher", exact_match, about=exact, sequences=True),
        Metric("token_error_rate", "lower", token_error_rate, about=rate, sequences=True),
    ]
