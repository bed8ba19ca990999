"""Edit distances against a recursion by the definition."""

from functools import cache

import numpy as np
import pytest

from seqbench_plugins.metrics.sequences import distance, exact_match, token_error_rate


def by_definition(one, other):
    @cache
    def edits(i, j):
        if not i or not j:
            return i + j
        moved = edits(i - 1, j - 1) + (one[i - 1] != other[j - 1])
        return min(moved, edits(i - 1, j) + 1, edits(i, j - 1) + 1)

    return edits(len(one), len(other))


@pytest.mark.parametrize("seed", range(60))
def test_the_distance(seed):
    rng = np.random.default_rng(seed)
    one, other = (rng.integers(0, 3, rng.integers(0, 9)) for _ in range(2))
    assert distance(one, other) == by_definition(tuple(one), tuple(other))


def test_the_rates_by_hand():
    right = [np.array([1, 2, 3, 4]), np.array([5]), np.array([6, 7, 8])]
    found = [np.array([1, 2, 4]), np.array([5]), np.array([], int)]
    assert token_error_rate(right, found) == (1 + 0 + 3) / 8
    assert exact_match(right, found) == 1 / 3
    assert token_error_rate([np.array([1])], [np.array([2, 3, 4])]) == 3.0
