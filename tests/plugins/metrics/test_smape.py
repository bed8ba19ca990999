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
    assert [one.status for one in check_metric(metrics()[0])] == ["passed"] * 7 + ["skipped"]


def test_departures_are_put_back_on_what_they_depart_from():
    rng = np.random.default_rng(1)
    levels, answers, base = rng.uniform(1, 9, (3, 5, 3, 2))
    mask = rng.random((5, 3)) < 0.6
    whole = smape(Split(levels, levels, mask), answers)
    apart = Split(levels, levels - base, mask, base=base)
    assert smape(apart, answers - base) == pytest.approx(whole)
    alike = np.broadcast_to(base[:, :1], base.shape)  # one base for all steps
    apart = Split(levels, levels - alike, mask, base=base[:, :1])
    assert smape(apart, answers - alike) == pytest.approx(whole)
    assert smape(apart[1:3], (answers - alike)[1:3]) == pytest.approx(
        smape(Split(levels, levels, mask)[1:3], answers[1:3])
    )


def test_of_quantiles_the_middle_one_counts():
    values = np.array([[[4.0, 4.0, 4.0]]])
    split = Split(values, values, np.ones((1, 1), bool), levels=(0.1, 0.5, 0.9))
    assert smape(split, np.array([[[1.0, 6.0, 99.0]]])) == pytest.approx(200 * 2 / 10)
