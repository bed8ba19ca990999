"""Aggregates over tasks and seeds, against SciPy and counting by hand."""

import numpy as np
import pytest
from scipy import stats

from seqbench.kits.aggregates import aggregate, improvement, interquartile_mean, profile


def test_an_interquartile_mean_is_scipys_where_quarters_are_whole():
    values = np.random.default_rng(0).normal(size=(3, 40))
    np.testing.assert_allclose(
        interquartile_mean(values), stats.trim_mean(values, 0.25, axis=-1), rtol=1e-12
    )


def test_a_quarter_within_a_value_takes_a_part_of_it():
    # Of 0, 1, 2, 3, 10 the cut takes 1.25 at each end: 0.75 of 1, all of 2, 0.75 of 3.
    assert interquartile_mean(np.array([10.0, 0, 1, 2, 3])) == pytest.approx(
        (0.75 * 1 + 2 + 0.75 * 3) / 2.5
    )


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        found = aggregate([rng.normal(size=20), rng.normal(size=20)], rng, draws=500)
        covered += found.low <= 0 <= found.high
    assert 0.88 <= covered / 200 <= 0.99


def mean(values):
    return values.mean(axis=-1)


def test_tasks_are_drawn_within_themselves():
    apart = aggregate([np.full(5, 0.1), np.full(5, 0.9)], np.random.default_rng(0), mean)
    assert (apart.low, apart.high) == pytest.approx((0.5, 0.5))


def test_one_seed_has_no_interval_and_none_no_aggregate():
    assert not aggregate([np.array([0.5])], np.random.default_rng(0)).known
    with pytest.raises(ValueError, match="without a score"):
        aggregate([np.array([])], np.random.default_rng(0))


def test_a_profile_weighs_tasks_alike():
    shares = profile([np.array([1.0, 1, 1, 0]), np.array([0.0])], np.array([-1, 0.5, 1]))
    np.testing.assert_allclose(shares, [1.0, 0.375, 0.0])


def test_improvement_is_mann_and_whitneys_share():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 5, 30), rng.integers(1, 6, 20)
    u = stats.mannwhitneyu(one, other).statistic
    assert improvement([one], [other]) == pytest.approx(u / 600)
    assert improvement([one], [one]) == 0.5
