import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.kits.linear import window_ridge
from seqbench_plugins.metrics.error import mse
from seqbench_plugins.metrics.within import within
from seqbench_plugins.tasks.adding import Adding


def sample(n=200, seed=0, **settings):
    return Adding(**settings).sample(n, np.random.default_rng(seed))


def lesson(n=200, **settings):
    train = sample(n, **settings)
    io = Adding(**settings).signature()
    return Lesson(io, train, train, Recipe(), np.random.default_rng(0))


@pytest.mark.parametrize("length", [2, 3, 16])
def test_the_target_is_the_sum_of_the_two_marked(length):
    split = sample(length=length)
    for inputs, targets, mask in zip(split.inputs, split.targets, split.mask, strict=True):
        marked = [(t, number) for t, (number, mark) in enumerate(inputs.tolist()) if mark == 1]
        (first, a), (second, b) = marked
        assert set(inputs[:, 1].tolist()) <= {0, 1}
        assert first < length // 2 <= second
        assert list(np.flatnonzero(mask)) == [length - 1]
        assert targets[-1, 0] == pytest.approx(a + b, abs=1e-6)
    assert 0 <= split.inputs.min() and split.inputs.max() <= 1


def test_marks_fall_evenly_in_each_half():
    marks = sample(n=20_000, length=8).inputs[..., 1].mean(axis=0)  # (8,)
    assert np.abs(marks - 1 / 4).max() < 0.016  # 5 standard deviations


def test_the_constant_one_is_at_the_known_error():
    test = sample(50_000, seed=1)
    task = Adding()
    answers = task.baselines()["one"](lesson()).predict(test.inputs, None)
    assert (answers == 1).all()
    assert mse(test, answers) == pytest.approx(0.167, abs=0.005)
    assert mse(test, answers) == pytest.approx(task.chance()["mse"], abs=0.005)
    assert within(test, answers) == pytest.approx(task.chance()["within"], abs=0.006)


def test_what_is_linear_cannot_add():
    """Ridge on all numbers and marks: marks and numbers have to be multiplied."""
    test = sample(2000, seed=1)
    answers = window_ridge(lesson(4000)).predict(test.inputs, None)
    assert mse(test, answers) > 0.14


def test_what_cannot_be_is_refused():
    with pytest.raises(SeqbenchError, match=r"adding\.length is 1; it takes 2 or more"):
        Adding(length=1)
