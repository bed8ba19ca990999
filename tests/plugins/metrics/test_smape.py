import numpy as np
import pytest

from seqbench import Split
from seqbench.testing.checking import check_metric
from seqbench_plugins.metrics.smape import metrics, smape


def test_smape_is_that_of_its_formula_at_the_counted_steps():
    targets = np.array([[[100.0], [0.0], [-5.0], [50.0]]])
    answers = np.array([[[110.0], [0.0], [5.0], [1e9]]])
    split = Split(np.zeros((1, 4, 1)), targets, np.array([[True, True, True, False]]))
    assert smape(split, answers) == pytest.approx((200 * 10 / 210 + 0 + 200) / 3)
    assert smape(split, targets) == 0


def test_the_unit_of_the_targets_is_of_no_consequence():
    rng = np.random.default_rng(0)
    targets, answers = rng.uniform(1, 9, (2, 5, 3, 2))
    mask = np.ones((5, 3), bool)
    one = smape(Split(targets, targets, mask), answers)
    assert smape(Split(targets, 7 * targets, mask), 7 * answers) == pytest.approx(one)


def test_it_is_for_reals_and_keeps_the_promises_of_a_metric():
    tokens = np.zeros((2, 3), int)
    with pytest.raises(ValueError, match="real targets"):
        smape(Split(tokens, tokens, np.ones((2, 3), bool)), np.zeros((2, 3, 4)))
    assert [one.status for one in check_metric(metrics()[0])] == ["passed"] * 3 + ["skipped"]
