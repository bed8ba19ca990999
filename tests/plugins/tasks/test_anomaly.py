from dataclasses import replace

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import anomaly
from seqbench_plugins.tasks.anomaly import Anomaly

KINDS = ("spikes", "shift", "frequency")


def sample(n=300, seed=0, **settings):
    return Anomaly(**settings).sample(n, np.random.default_rng(seed))


def runs(row):
    """Lengths of the stretches of ones in a row."""
    return [len(run) for run in "".join(map(str, row.tolist())).split("0") if run]


@pytest.mark.parametrize("length", [32, 96, 333])
@pytest.mark.parametrize("kind", KINDS)
def test_what_befalls_a_series_is_labelled_and_its_first_quarter_is_in_order(kind, length):
    split = sample(kind=kind, length=length)
    assert split.targets.shape == (300, length) and not split.targets[:, : length // 4].any()
    for row in split.targets:
        if kind == "spikes":
            assert 3 <= row.sum() <= 6
        else:
            (stretch,) = runs(row)
            assert length // 8 <= stretch <= length // 4


@pytest.mark.parametrize("kind", ["any", *KINDS])
def test_as_many_steps_in_order_count_as_are_not(kind):
    split = sample(kind=kind)
    out = (split.targets == 1).sum(axis=1)
    assert (split.mask & (split.targets == 1)).sum(axis=1).tolist() == out.tolist()
    assert (split.mask & (split.targets == 0)).sum(axis=1).tolist() == out.tolist()
    guess = np.broadcast_to([0.0, 1.0], (300, 96, 2))
    assert accuracy(split, guess) == 0.5 == Anomaly().chance()["accuracy"]


@pytest.mark.parametrize("series", ["periodic", "autoregressive"])
def test_a_series_in_order_has_mean_0_and_deviation_1(series):
    split = sample(4000, series=series, length=128)
    before = split.inputs[:, :32, 0]  # nothing has befallen it
    assert abs(before.mean()) < 0.03
    assert before.std() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("kind", ["spikes", "shift"])
def test_without_what_befell_it_a_series_is_another_only_there(kind, monkeypatch):
    struck = sample(kind=kind)
    monkeypatch.setattr(anomaly, "single_steps", lambda n, length, rng: nothing(n, length, 0, rng))
    monkeypatch.setattr(anomaly, "stretches", lambda n, length, rng: nothing(n, length, 1, rng))
    calm = sample(kind=kind)
    change = struck.inputs[..., 0] - calm.inputs[..., 0]
    assert ((change != 0) == (struck.targets == 1)).all()
    assert 2 - 1e-5 < np.abs(change[change != 0]).min() and np.abs(change).max() < 4 + 1e-5
    if kind == "shift":
        for row in change:
            assert np.ptp(row[row != 0]) < 1e-5


REAL = (anomaly.single_steps, anomaly.stretches)


def nothing(n, length, which, rng):
    """No step out of order, after the same draws."""
    return np.zeros_like(REAL[which](n, length, rng))


def test_in_the_stretch_the_frequency_is_twice_as_high():
    """Of a periodic series: crossings of zero, per step, in the stretch and outside."""
    split = sample(2000, kind="frequency", series="periodic", length=256)
    x, out = split.inputs[..., 0], split.targets == 1
    crossing = (x[:, 1:] > 0) != (x[:, :-1] > 0)
    inside = out[:, 1:] & out[:, :-1]
    ratio = crossing[inside].mean() / crossing[~out[:, 1:] & ~out[:, :-1]].mean()
    assert ratio == pytest.approx(2, abs=0.15)


def test_an_autoregression_follows_its_equation():
    """Its angle is that of its autocorrelation: rho_1 = near / (1 - far)."""
    turn = np.full((3000, 60), 2 * np.pi / 12)
    x = anomaly.autoregressive(turn, np.random.default_rng(0))
    near, far = 2 * 0.97 * np.cos(2 * np.pi / 12), -(0.97**2)
    assert (x[:, 1:] * x[:, :-1]).mean() == pytest.approx(near / (1 - far), abs=0.02)
    assert (x[:, 2:] * x[:, :-2]).mean() == pytest.approx(near * near / (1 - far) + far, abs=0.02)


def fitted(**settings):
    task = Anomaly(**settings)
    train, valid = sample(1000, 1, **settings), sample(100, 2, **settings)
    lesson = Lesson(task.signature(), train, valid, Recipe(), np.random.default_rng(0))
    return task.baselines()["z_score"](lesson)


def test_the_z_score_sees_spikes_and_no_frequency():
    found = {
        kind: accuracy(test, fitted(kind=kind).predict(test.inputs))
        for kind in KINDS
        for test in [sample(500, 3, kind=kind)]
    }
    assert found["spikes"] > 0.85 > found["shift"] > 0.6 > found["frequency"]


def test_the_z_score_is_a_loop_over_steps_and_looks_at_no_later_one():
    split = sample(5)
    x = split.inputs[..., 0].astype(float)
    found = anomaly.departures(split.inputs)
    for t in range(2, 96):
        wanted = np.abs(x[:, t] - x[:, :t].mean(1)) / x[:, :t].std(1)
        np.testing.assert_allclose(found[:, t], np.minimum(wanted, 20), rtol=1e-6)
    later = replace(split, inputs=split.inputs.copy())
    later.inputs[:, 50:] += 9
    np.testing.assert_array_equal(anomaly.departures(later.inputs)[:, :50], found[:, :50])


def test_causality_is_a_setting_and_what_cannot_be_is_refused():
    assert Anomaly().signature().causal and not Anomaly(causal=False).signature().causal
    with pytest.raises(SeqbenchError, match=r"anomaly\.length is 31; it takes 32 to 4096 steps"):
        Anomaly(length=31)
