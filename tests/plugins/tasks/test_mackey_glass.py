import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench_plugins.metrics.error import mase
from seqbench_plugins.tasks import mackey_glass
from seqbench_plugins.tasks.mackey_glass import FINE, MackeyGlass


def sample(n=50, seed=0, **settings):
    return MackeyGlass(**settings).sample(n, np.random.default_rng(seed))


def loop(past, count):
    """One run, all values kept in a list; each step is an integral over the cubic, by midpoints."""
    whole, h, delay = list(past), 1 / FINE, len(past) - 1
    nodes = (np.arange(2000) + 0.5) / 2000
    made = [0.2 * late / (1 + late**10) for late in [past[0], *past]]
    for k in range(count):
        cubic = np.polynomial.Polynomial.fit([-1, 0, 1, 2], made[k : k + 4], 3)
        new = whole[-1] * np.exp(-0.1 * h)
        whole.append(new + h * np.mean(np.exp(-0.1 * h * (1 - nodes)) * cubic(nodes)))
        made.append(0.2 * whole[-1] / (1 + whole[-1] ** 10))
    return whole[delay:]


@pytest.mark.parametrize(("tau", "step", "settling"), [(17, 1, 0), (3, 2, 7), (30, 6, 40)])
def test_values_are_those_of_a_plain_loop(tau, step, settling):
    past = 1.2 + np.random.default_rng(0).uniform(-0.4, 0.4, (tau * FINE + 1, 3))
    found = mackey_glass.values(past, step, 12, settling)
    for run in range(3):
        whole = loop(past[:, run], FINE * (settling + 12 * step))
        np.testing.assert_allclose(found[run], whole[settling * FINE :: step * FINE][:12], 1e-6)


def test_after_a_constant_past_the_first_delay_has_a_closed_form():
    """While the feedback is that of a constant h, x goes to 2 h / (1 + h^10) by e^(-0.1 t)."""
    for h in (0.5, 1.2):
        found = mackey_glass.values(np.full((17 * FINE + 1, 1), h), 1, 17)[0]
        rest = 2 * h / (1 + h**10)
        np.testing.assert_allclose(found, rest + (h - rest) * np.exp(-0.1 * np.arange(17)))


def test_later_delays_are_what_scipy_finds():
    scipy = pytest.importorskip("scipy.integrate")
    found, tau = mackey_glass.values(np.full((17 * FINE + 1, 1), 0.9), 1, 86)[0], 17
    late, x = (lambda t: 0.9), 0.9
    for turn in range(5):  # the method of steps: each delay's solution drives the next

        def slope(t, x, late=late, turn=turn):
            old = late(t - tau)
            return 0.2 * old / (1 + old**10) - 0.1 * x

        span = (turn * tau, (turn + 1) * tau)
        run = scipy.solve_ivp(slope, span, [x], rtol=1e-9, atol=1e-9, dense_output=True)
        late, x = (lambda t, run=run: run.sol(t)[0]), run.y[0, -1]
        assert found[span[1]] == pytest.approx(x, abs=2e-4)


def test_a_longer_delay_gives_what_is_known_of_it():
    """At tau 5 the value swings evenly; at 17 it is chaotic, between about 0.4 and 1.35."""
    mean, spread, _ = mackey_glass.statistics(17, 3)
    x = sample(300).inputs * spread + mean
    assert 0.2 < x.min() < 0.5 and 1.25 < x.max() < 1.4
    assert mean == pytest.approx(0.93, abs=0.03) and spread == pytest.approx(0.23, abs=0.02)


def test_window_and_answers_are_of_one_run_and_runs_differ():
    task = MackeyGlass()
    past = 1.2 + np.random.default_rng(5).uniform(-0.4, 0.4, (17 * FINE + 1, 4))
    x = mackey_glass.values(past, 3, 60, mackey_glass.SETTLING)
    split = sample(4, 5)
    mean, spread, scale = mackey_glass.statistics(17, 3)
    np.testing.assert_allclose(split.inputs[..., 0] * spread + mean, x[:, :48], atol=1e-6)
    np.testing.assert_allclose(split.targets[split.mask], (x[:, 48:] - x[:, [47]]) / scale, 1e-5)
    assert split.mask.sum() == 4 and split.mask[:, -1].all() and split.scale == scale
    np.testing.assert_allclose(split.base[:, 0, 0] * scale, x[:, 47])
    assert len(np.unique(x[:, 0])) == 4
    assert task.signature().length == 48


def test_a_line_beats_the_last_value_which_has_a_mase_of_one():
    task = MackeyGlass(horizon=1)
    train, valid, test = (sample(n, s, horizon=1) for s, n in enumerate((800, 200, 800)))
    lesson = Lesson(task.signature(), train, valid, Recipe(), np.random.default_rng(0))
    scores = {
        name: mase(test, fit(lesson).predict(test.inputs)) for name, fit in task.baselines().items()
    }
    assert scores["last_value"] == pytest.approx(1, abs=0.07)
    assert scores["ridge"] < 0.2


def test_what_cannot_be_is_refused():
    with pytest.raises(SeqbenchError, match=r"mackey_glass\.tau is 0; it takes 1 to 100"):
        MackeyGlass(tau=0)
    with pytest.raises(SeqbenchError, match=r"mackey_glass\.horizon is 999; it takes 1 to 200"):
        MackeyGlass(horizon=999)


def test_many_runs_are_those_of_a_few(monkeypatch):
    past = 1.2 + np.random.default_rng(0).uniform(-0.4, 0.4, (17 * FINE + 1, 7))
    whole = mackey_glass.values(past, 3, 5, 20)
    monkeypatch.setattr(mackey_glass, "TOGETHER", 3)
    np.testing.assert_array_equal(mackey_glass.values(past, 3, 5, 20), whole)
