"""Against closed forms: of a normal forecast, of an ensemble, of a forecast sure of itself."""

from math import erf, exp, pi, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from seqbench import Split
from seqbench.testing.checking import check_metric
from seqbench_plugins.metrics.crps import crps, metrics
from seqbench_plugins.metrics.error import mae, mase, mse


def asked(values, levels=(), scale=1.0, mask=None):
    """Values (steps, K), each asked for at all levels."""
    targets = np.repeat(np.array(values, float)[None], max(1, len(levels)), axis=2)
    mask = np.ones(targets.shape[:2], bool) if mask is None else np.array([mask])
    return Split(np.zeros((*targets.shape[:2], 1)), targets, mask, scale=scale, levels=levels)


def normal(y, mean, spread):
    """Gneiting and Raftery, 2007, equation 21."""
    z = (y - mean) / spread
    density, below = exp(-z * z / 2) / sqrt(2 * pi), (1 + erf(z / sqrt(2))) / 2
    return spread * (z * (2 * below - 1) + 2 * density - 1 / sqrt(pi))


@pytest.mark.parametrize(("y", "mean", "spread"), [(0.3, 0.0, 1.0), (-4.0, 1.0, 2.0), (7, 7, 0.5)])
def test_many_quantiles_of_a_normal_forecast_give_its_closed_form(y, mean, spread):
    levels = tuple((k + 0.5) / 2000 for k in range(2000))
    answers = np.array([[[NormalDist(mean, spread).inv_cdf(level) for level in levels]]])
    assert crps(asked([[y]], levels), answers) == pytest.approx(normal(y, mean, spread), rel=2e-3)


def test_it_is_twice_the_pinball_loss_by_hand_in_the_datas_unit():
    levels, scale = (0.1, 0.5, 0.9), 40.0
    split = asked([[2.0, 5.0], [9.0, 9.0]], levels, scale, mask=[True, False])
    answers = np.array([[[1.0, 3.0, 3.5, 5.5, 5.0, 4.0], [0.0] * 6]])
    pinballs = [0.1 * 1, 0.5 * 1, 0.1 * 1.5, 0.9 * 0.5, 0, 0.9 * 1]
    assert crps(split, answers) == pytest.approx(2 * sum(pinballs) / 6 * scale)


def test_an_answer_sure_of_itself_has_its_absolute_error():
    rng = np.random.default_rng(0)
    values, answers = rng.normal(size=(6, 3)), rng.normal(size=(1, 6, 3))
    alone = asked(values, scale=3.0)
    assert crps(alone, answers) == pytest.approx(np.abs(answers[0] - values).mean() * 3)
    levels = (0.25, 0.5, 0.75)
    each = asked(values, levels, 3.0)
    assert crps(each, answers.repeat(3, axis=2)) == pytest.approx(crps(alone, answers))


def test_other_errors_are_the_middle_quantiles():
    rng = np.random.default_rng(1)
    values, levels = rng.normal(size=(5, 2)), (0.1, 0.5, 0.9)
    answers = rng.normal(size=(1, 5, 6))
    median = answers[..., [1, 4]]
    for metric in (mase, mae, mse):
        one, other = asked(values, levels, 7.0), asked(values, scale=7.0)
        assert metric(one, answers) == pytest.approx(metric(other, median))


def test_tokens_are_refused_and_promises_kept():
    tokens = Split(np.zeros((1, 2), int), np.zeros((1, 2), int), np.ones((1, 2), bool))
    with pytest.raises(ValueError, match="crps is for real targets"):
        crps(tokens, np.zeros((1, 2, 3)))
    (metric,) = metrics()
    assert metric.better == "lower"
    assert "failed" not in {one.status for one in check_metric(metric)}
