"""Ranks and tests over tasks, against Demsar's worked example and SciPy."""

import numpy as np
import pytest
from scipy import stats

from seqbench.kits.ranks import average_ranks, friedman, groups, holm, standing, wilcoxon

# AUC of C4.5 and three of its variants on 14 data sets: Demsar, 2006, table 6.
NAMES = ("C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf")
AUC = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],  # a tie as printed; the paper's ranks say which was more
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def test_mean_ranks_are_those_of_the_paper():
    np.testing.assert_allclose(average_ranks(AUC), [3.143, 2.000, 2.893, 1.964], atol=5e-4)


def test_friedman_is_the_papers_but_for_ties():
    ranks = average_ranks(AUC)
    plain = 12 * 14 / (4 * 5) * (np.sum(ranks**2) - 4 * 5**2 / 4)
    assert plain == pytest.approx(9.28, abs=0.01)
    assert friedman(AUC) <= stats.chi2.sf(plain, 3)  # a correction for ties raises the statistic
    assert friedman(AUC) == pytest.approx(stats.friedmanchisquare(*AUC.T).pvalue)


def test_where_all_tie_nothing_is_told_apart():
    flat = np.ones((8, 3))
    assert friedman(flat) == 1.0
    told = standing(["a", "b", "c"], flat)
    assert told.groups == ((0, 2),)
    assert (told.alike == 1).all()


def test_too_few_are_refused_by_friedman_and_told_by_a_standing():
    with pytest.raises(ValueError, match="2 architectures"):
        friedman(AUC[:, :2])
    told = standing(NAMES[:2], AUC[:, :2])
    assert np.isnan(told.friedman)
    assert told.names == ("C4.5+m", "C4.5")
    assert not standing(NAMES, AUC[:5]).decidable


def test_wilcoxon_is_exact_for_few_tasks():
    better = np.arange(6) + 1.0
    assert wilcoxon(better, np.zeros(6)) == pytest.approx(2 / 2**6)


def test_holm_is_the_step_down_of_the_paper():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    rng = np.random.default_rng(0)
    p = rng.random(20) ** 3
    order = np.argsort(p)
    by_hand = [max((20 - j) * p[order[j]] for j in range(i + 1)) for i in range(20)]
    np.testing.assert_allclose(holm(p)[order], np.minimum(by_hand, 1))


def test_a_clear_winner_stands_alone_and_the_rest_in_one_group():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(20, 4))
    scores[:, 2] += 5
    told = standing(["a", "b", "best", "c"], scores)
    assert told.names[0] == "best"
    assert told.groups == ((1, 3),)
    assert told.friedman < 0.001


def test_groups_are_the_largest_runs_alone():
    alike = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]], bool)
    assert groups(alike) == ((0, 1), (1, 2), (2, 3))
    assert groups(np.eye(3, dtype=bool)) == ()
