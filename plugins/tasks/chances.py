"""What a guess gives that knows the place of an answer and nothing else."""

import numpy as np


def best_guess(shares: np.ndarray) -> dict[str, float]:
    """Accuracy and cross entropy, in nats, of the likeliest token at each place.

    `shares` (places, tokens) says how often a place is asked with that token as its answer; the
    rows may add up to different sums, as some places are asked less often than others.
    """
    likely = shares.clip(0)
    asked = likely.sum(axis=1, keepdims=True)  # (places, 1)
    given = np.divide(likely, asked, out=np.ones_like(likely), where=likely > 0)
    surprise = -(likely * np.log(given)).sum()
    total = likely.sum()
    return {"accuracy": float(likely.max(axis=1).sum() / total), "cross_entropy": surprise / total}
