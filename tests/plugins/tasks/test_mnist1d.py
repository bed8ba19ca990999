import numpy as np
import pytest

from seqbench import Lesson, Recipe
from seqbench.testing.checking import check_task
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import mnist1d
from seqbench_plugins.tasks.mnist1d import Mnist1d

ALL = 10**6

# Of the authors' file mnist1d_data.pkl (commit 7878d96): rows, steps 0, 13 and 39, and classes.
TRAIN = {
    0: ([-0.33200567, 1.01466801, -0.89016639], 2),
    1777: ([-0.40423178, 0.45722918, 1.18950734], 0),
    3999: ([-0.6939948, 0.92453226, -1.65099286], 8),
}
TEST = {
    0: ([-0.07877078, -0.24426051, 0.34613289], 2),
    999: ([-0.51932871, -0.13412056, 1.19315184], 4),
}
TEST_CLASSES = [102, 104, 89, 106, 106, 98, 99, 96, 98, 102]


def split(role, n=ALL, seed=0, **settings):
    return Mnist1d(**settings).split(role, n, np.random.default_rng(seed))


def test_the_examples_are_those_of_the_authors_file():
    train, valid, test = (split(role) for role in ("train", "valid", "test"))
    assert [len(part) for part in (train, valid, test)] == [3600, 400, 1000]
    first = np.concatenate([train.inputs, valid.inputs])[..., 0]
    classes = np.concatenate([train.targets, valid.targets])
    for row, (values, label) in TRAIN.items():
        np.testing.assert_allclose(first[row, [0, 13, 39]], values, atol=1e-6)
        assert (classes[row] == label).all()
    for row, (values, label) in TEST.items():
        np.testing.assert_allclose(test.inputs[row, [0, 13, 39], 0], values, atol=1e-6)
        assert (test.targets[row] == label).all()
    assert np.bincount(test.targets[:, -1]).tolist() == TEST_CLASSES


def test_the_whole_is_what_scipy_makes_of_the_same_draws():
    """One curve at a time, with SciPy's filter and NumPy's interpolation."""
    ndimage = pytest.importorskip("scipy.ndimage")
    y = np.arange(40) % 10
    found = mnist1d.curves(y, np.random.RandomState(7))
    stream = np.random.RandomState(7)

    def onto(x, steps):
        return np.interp(np.linspace(0, 1, steps), np.linspace(0, 1, len(x)), x)

    for row, label in enumerate(y):
        template = (mnist1d.CURVES[label] - mnist1d.CURVES[label].mean()) / np.std(
            mnist1d.CURVES[label]
        )
        x = (template - template[0]) / 6 + 1e-8
        x = onto(np.append(x, np.zeros(36 + int(stream.rand() * 25))), 72)
        x = x * (1 + 0.4 * (stream.rand() - 0.5))
        x = np.roll(x, stream.choice(48))
        noise = ndimage.gaussian_filter(0.25 * stream.randn(72), 2)
        x = np.where(x == 0, noise, x) + 0.02 * stream.randn(72)
        x = x - 0.75 * (stream.rand() - 0.5) * np.linspace(-0.5, 0.5, 72)
        np.testing.assert_allclose(found[row], onto(x, 40), atol=1e-12)


def test_a_line_is_right_as_often_as_the_paper_says():
    task, test = Mnist1d(), split("test")
    lesson = Lesson(
        task.signature(), split("train"), split("valid"), Recipe(), np.random.default_rng(0)
    )
    model = task.baselines()["linear"](lesson)
    assert accuracy(test, model.predict(test.inputs)) == pytest.approx(0.32, abs=0.02)


def test_new_examples_are_like_the_frozen_ones_and_of_the_rng_alone():
    new, old = split("train", 5000, frozen=False), split("train")
    assert len(new) == 5000 and new.inputs.mean() == pytest.approx(0, abs=0.05)
    assert new.inputs.std() == pytest.approx(1, abs=0.03)
    for label in range(10):
        a, b = (part.inputs[part.targets[:, 0] == label, :, 0] for part in (new, old))
        np.testing.assert_allclose(a.mean(0), b.mean(0), atol=0.3)
    np.testing.assert_array_equal(new.inputs[:9], split("train", 5000, frozen=False).inputs[:9])
    assert (new.inputs[:9] != split("train", 5000, 1, frozen=False).inputs[:9]).any()


def test_the_global_stream_is_neither_read_nor_moved():
    for cached in (mnist1d.made, mnist1d.moments, mnist1d.frozen):
        cached.cache_clear()
    np.random.seed(3)
    first = split("test", 5)
    assert np.random.random() == np.random.RandomState(3).random()
    np.testing.assert_array_equal(first.inputs, split("test", 5, 9).inputs)


@pytest.mark.parametrize("frozen", [True, False])
def test_promises(frozen):
    assert "failed" not in {one.status for one in check_task(Mnist1d(frozen))}
