"""Paired comparisons, against SciPy."""

import numpy as np
import pytest
from scipy import stats

from seqbench.kits.paired import paired


@pytest.mark.parametrize("n", [2, 5, 30])
def test_the_test_and_the_interval_are_scipys(n):
    rng = np.random.default_rng(n)
    one, other = rng.normal(0.3, 1, n), rng.normal(0, 1, n)
    found, known = paired(one, other), stats.ttest_rel(one, other)
    assert found.p == pytest.approx(known.pvalue)
    low, high = known.confidence_interval(0.95)
    assert tuple(found.difference) == pytest.approx((np.mean(one - other), low, high))


def test_equal_digits_are_not_told_apart_and_one_seed_tells_nothing():
    base = np.random.default_rng(0).normal(size=5)
    assert paired(base, base).p == 1.0
    single = paired(base[:1] + 1, base[:1])
    assert not single.told_apart()
    assert not single.difference.known
    with pytest.raises(ValueError, match="no seed"):
        paired(base[:0], base[:0])


def test_the_same_gap_on_all_seeds_is_told_apart():
    found = paired(np.array([0.9, 0.8]), np.array([0.5, 0.4]))
    assert found.told_apart()
    assert found.difference.value == pytest.approx(0.4)


def test_one_unsolved_seed_does_not_make_a_difference():
    one, other = np.array([1.0, 1.0, 1.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.0, 1.0, 0.1])
    assert not paired(one, other).told_apart()


def test_equals_are_told_apart_as_seldom_as_said():
    rng = np.random.default_rng(3)
    alarms = sum(paired(*rng.normal(size=(2, 5))).told_apart() for _ in range(1000))
    assert alarms / 1000 < 0.065
