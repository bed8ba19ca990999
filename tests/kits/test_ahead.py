import numpy as np
import pytest

from seqbench import SeqbenchError
from seqbench.kits.ahead import levels_of, naive, naive_error, told_at_the_end


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


def test_at_several_levels_each_answer_is_asked_for_at_all_of_them():
    answers, levels = np.array([[1.0, 2.0], [3.0, 4.0]]), (0.25, 0.5, 0.75)
    split = told_at_the_end(np.zeros((2, 4, 2)), answers, base=10 * answers, levels=levels)
    wanted = [[1, 1, 1, 2, 2, 2], [3, 3, 3, 4, 4, 4]]
    np.testing.assert_array_equal(split.targets[split.mask], wanted)
    np.testing.assert_array_equal(split.base[:, 0], 10 * np.array(wanted))
    assert split.levels == levels
    np.testing.assert_array_equal(split.middle(split.targets[split.mask]), answers)


def test_levels_are_evenly_spread_about_a_half():
    assert levels_of("x", 0) == ()
    assert levels_of("x", 3) == (0.25, 0.5, 0.75)
    assert levels_of("x", 9) == pytest.approx(np.arange(1, 10) / 10)
    for count in (1, 2, 8, 101, -3):
        with pytest.raises(SeqbenchError, match=rf"x is {count}; it takes an odd number from 3 to"):
            levels_of("x", count)
