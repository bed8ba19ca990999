"""Different numbers, several at once."""

import numpy as np


def distinct(n: int, count: int, below: int, rng: np.random.Generator) -> np.ndarray:
    """In each of n rows `count` different numbers from 0 to below - 1, all orders alike.

    (n, count), after Floyd, in Bentley and Floyd, A sample of brilliance, 1987: the cost depends
    on `count` and not on `below`.
    """
    picked = np.empty((n, count), np.int64)
    for place, most in enumerate(range(below - count, below)):
        drawn = rng.integers(0, most + 1, n)
        taken = (picked[:, :place] == drawn[:, None]).any(axis=1)
        picked[:, place] = np.where(taken, most, drawn)
    return rng.permuted(picked, axis=1)
