"""Intervals against closed forms and a second way of counting, and verdicts at their edges."""

from itertools import product

import numpy as np
import pytest

from seqbench.kits.statistics import Estimate, bootstrap, difference, median, ratio, verdict


def rng():
    return np.random.default_rng(0)


def test_the_interval_is_that_of_all_resamples_counted():
    """Of four numbers all 256 resamples can be made; the seeded ones come near their quantiles."""
    sample = np.array([1.0, 2.0, 4.0, 8.0])
    every = [np.median(one) for one in product(sample, repeat=4)]
    found = bootstrap([sample], median, rng(), draws=200_000, level=0.8)
    assert found.value == 3.0
    assert (found.low, found.high) == tuple(np.quantile(every, [0.1, 0.9]))


def test_ratio_and_difference_resample_each_side_by_itself():
    over, under = np.array([4.0, 8.0]), np.array([1.0, 2.0])
    # Medians of resamples of two: (4, 6, 6, 8) and (1, 1.5, 1.5, 2).
    ratios = [a / b for a in (4, 6, 6, 8) for b in (1, 1.5, 1.5, 2)]
    gaps = [a - b for a in (4, 6, 6, 8) for b in (1, 1.5, 1.5, 2)]
    for statistic, every, value in ((ratio, ratios, 4.0), (difference, gaps, 4.5)):
        found = bootstrap([over, under], statistic, rng(), draws=100_000, level=0.8)
        assert found == pytest.approx((value, *np.quantile(every, [0.1, 0.9])))


def test_a_median_of_many_is_covered_as_often_as_it_says():
    """The interval of 40 normal numbers holds the true median in 95 % of 300 trials, or near."""
    drawn = np.random.default_rng(1)
    held = 0
    for _ in range(300):
        found = bootstrap([drawn.normal(size=40)], median, drawn, draws=400)
        held += found.low <= 0 <= found.high
    assert 0.90 < held / 300 < 0.98


def test_the_same_stream_gives_the_same_interval():
    sample = np.array([1.0, 5.0, 2.0])
    assert bootstrap([sample], median, rng()) == bootstrap([sample], median, rng())


def test_one_number_has_no_interval_and_none_has_no_statistic():
    found = bootstrap([np.array([3.0])], median, rng())
    assert found.value == 3.0 and not found.known
    with pytest.raises(ValueError, match="empty"):
        bootstrap([np.array([])], median, rng())


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (1.1, 2.0, "supported"),
        (1.0, 2.0, "cannot tell"),
        (0.5, 1.5, "cannot tell"),
        (0.5, 1.0, "not supported"),
        (1.0, 1.0, "not supported"),
        (np.nan, np.nan, "cannot tell"),
    ],
)
def test_a_claim_is_supported_by_the_whole_interval_or_not_at_all(low, high, said):
    assert verdict(Estimate(1.2, low, high), 1.0) == said
