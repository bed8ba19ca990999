"""Paired comparisons, against SciPy's permutation test."""

import numpy as np
import pytest
from scipy import stats

from seqbench.kits.paired import paired, sign_flip


def by_scipy(gaps):
    return stats.permutation_test(
        (gaps, np.zeros_like(gaps)),
        lambda x, y, axis: (x - y).mean(axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    ).pvalue


@pytest.mark.parametrize("n", [2, 5, 9])
def test_all_sign_patterns_are_counted(n):
    gaps = np.random.default_rng(n).normal(0.3, 1, n)
    assert sign_flip(gaps, np.random.default_rng(0)) == pytest.approx(by_scipy(gaps))


def test_many_seeds_are_drawn_and_come_near():
    gaps = np.random.default_rng(0).normal(0.3, 1, 18)
    assert sign_flip(gaps, np.random.default_rng(0)) == pytest.approx(by_scipy(gaps), abs=0.01)


def test_five_seeds_of_one_sign_are_told_apart_and_equals_are_not():
    rng = np.random.default_rng(0)
    base = rng.normal(size=5)
    better = paired(base + 0.1 + 0.01 * rng.normal(size=5), base, rng)
    assert better.told_apart()
    assert better.p == pytest.approx(2 / 2**5)
    assert not paired(base, base, rng).told_apart()
    assert not paired(base[:1] + 1, base[:1], rng).told_apart()


def test_equal_code_is_seldom_told_apart():
    rng = np.random.default_rng(3)
    alarms = sum(
        paired(rng.normal(size=5), rng.normal(size=5), rng).told_apart() for _ in range(300)
    )
    assert alarms / 300 < 0.1
