import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.testing.checking import check_task
from seqbench_plugins.metrics.error import mase, mse
from seqbench_plugins.tasks import lorenz
from seqbench_plugins.tasks.lorenz import Lorenz


def sample(n=50, seed=0, **settings):
    return Lorenz(**settings).sample(n, np.random.default_rng(seed))


def slope(time, state):
    """Written out once more."""
    x, y, z = state
    return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]


@pytest.mark.parametrize("step", [0.003, 0.05, 0.137])
def test_an_orbit_is_what_scipy_finds(step):
    scipy = pytest.importorskip("scipy.integrate")
    start = np.array([[1.0, 2.0, 20.0], [-8.0, 3.0, 27.0]])
    found = lorenz.orbit(start, step, 20)
    times = step * np.arange(20)
    for row in (0, 1):
        run = scipy.solve_ivp(
            slope, (0, times[-1]), start[row], "DOP853", times, rtol=1e-11, atol=1e-11
        )
        np.testing.assert_allclose(found[row], run.y.T, atol=0.02)


def test_the_method_is_of_order_four(monkeypatch):
    start = np.array([[1.0, 2.0, 20.0]])
    fine = {}
    for finest in (0.001, 0.01, 0.02):
        monkeypatch.setattr(lorenz, "FINEST", finest)
        fine[finest] = lorenz.forward(start, 0.4)
    errors = [np.abs(fine[finest] - fine[0.001]).max() for finest in (0.01, 0.02)]
    assert 12 < errors[1] / errors[0] < 20


def test_many_runs_are_those_of_a_few(monkeypatch):
    start = np.random.default_rng(0).normal(0, 8, (7, 3))
    whole, later = lorenz.orbit(start, 0.05, 4), lorenz.forward(start, 0.3)
    monkeypatch.setattr(lorenz, "TOGETHER", 3)
    np.testing.assert_array_equal(lorenz.orbit(start, 0.05, 4), whole)
    np.testing.assert_array_equal(lorenz.forward(start, 0.3), later)


def test_window_and_answers_are_of_one_orbit():
    shown = sample(observed="state")
    task = Lorenz(observed="state")
    mean, spread, scale = lorenz.statistics(task.step)
    first = shown.inputs[:, 0].astype(float) * spread + mean
    run = lorenz.orbit(first, task.step, task.window + task.horizon)
    np.testing.assert_allclose(shown.inputs * spread + mean, run[:, : task.window], atol=1e-3)
    wanted = (run[:, task.window :, 0] - run[:, [task.window - 1], 0]) / scale
    np.testing.assert_allclose(shown.targets[shown.mask], wanted, atol=2e-3)
    x_alone = sample()
    np.testing.assert_array_equal(x_alone.inputs[..., 0], shown.inputs[..., 0])
    np.testing.assert_array_equal(x_alone.targets, shown.targets)


def test_runs_are_on_the_attractor_and_their_statistics_are_known():
    split = sample(400, window=100, horizon=1)
    assert abs(split.inputs.mean()) < 0.15 and split.inputs.std() == pytest.approx(1, abs=0.05)
    mean, spread, _ = lorenz.statistics(0.05)
    assert spread[0] == pytest.approx(7.92, abs=0.1)  # of a long run
    assert mean[2] == pytest.approx(23.55, abs=0.15)


def test_repeating_the_last_value_has_a_mase_of_one_a_step_ahead():
    test = sample(4000, seed=1, horizon=1)
    assert mase(test, np.zeros(test.targets.shape)) == pytest.approx(1, abs=0.05)


def test_a_line_beats_the_last_value_and_the_errors_are_in_units_of_x():
    task = Lorenz()
    train, valid, test = (sample(n, seed) for seed, n in enumerate((1000, 200, 300)))
    lesson = Lesson(task.signature(), train, valid, Recipe(), np.random.default_rng(0))
    scores = {name: fit(lesson).predict(test.inputs) for name, fit in task.baselines().items()}
    assert mase(test, scores["ridge"]) < 0.8 * mase(test, scores["last_value"])
    errors = test.targets[test.mask].astype(float) * lorenz.statistics(task.step)[2]
    assert mse(test, scores["last_value"]) == pytest.approx(np.square(errors).mean())


def test_promises_with_an_oracle():
    outcomes = {one.check: one.status for one in check_task(Lorenz(observed="state"))}
    assert "failed" not in outcomes.values() and outcomes["the_oracle_is_right"] == "passed"


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"window": 0}, r"lorenz\.window is 0; it takes 1 to 1000 values"),
        ({"horizon": 999}, r"lorenz\.horizon is 999; it takes 1 to 200"),
        ({"step": 0.0}, r"lorenz\.step is 0\.0; it takes 0\.001 to 1"),
        ({"step": float("nan")}, r"lorenz\.step is nan"),
    ],
)
def test_what_cannot_be_is_refused(settings, hint):
    with pytest.raises(SeqbenchError, match=hint):
        Lorenz(**settings)
