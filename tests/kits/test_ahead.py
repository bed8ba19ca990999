import numpy as np
import pytest

from seqbench.kits.ahead import naive, naive_error, told_at_the_end


@pytest.mark.parametrize(("season", "wanted"), [(1, [9] * 5), (3, [7, 8, 9, 7, 8])])
def test_the_naive_forecast_repeats_the_last_season(season, wanted):
    known = np.arange(10.0)[None, :, None] * [[[1, 10]]]
    found = naive(known, 5, season)
    np.testing.assert_array_equal(found[0], np.array(wanted)[:, None] * [1, 10])


def test_the_naive_error_is_a_mean_over_the_changes_that_are_there():
    series = np.array([[1.0, 2, np.nan, 7, 3], [4, 4, 6, 6, 6]])[..., None]
    assert naive_error(series)[0] == pytest.approx((1 + 4 + 0 + 2 + 0 + 0) / 6)
    assert naive_error(series, 2)[0] == pytest.approx((5 + 2 + 2 + 0) / 4)
    assert np.isnan(naive_error(np.full((5, 1), np.nan))[0])


def test_an_answer_counts_at_the_last_step_alone():
    split = told_at_the_end(np.zeros((3, 4, 2)), np.arange(6.0).reshape(3, 2), 5.0, "m")
    assert split.mask.tolist() == [[False] * 3 + [True]] * 3
    np.testing.assert_array_equal(split.targets[split.mask], [[0, 1], [2, 3], [4, 5]])
    assert (split.scale, split.unit) == (5.0, "m")
