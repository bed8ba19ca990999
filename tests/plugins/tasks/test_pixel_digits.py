import sys

import numpy as np
import pytest

from seqbench import Lesson, Missing, Recipe
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import pixel_digits
from seqbench_plugins.tasks.pixel_digits import PixelDigits

ALL = 10**6


@pytest.fixture
def digits():
    return pytest.importorskip("sklearn.datasets").load_digits()


@pytest.fixture
def splits(digits):
    rng = np.random.default_rng(0)
    return {role: PixelDigits().split(role, ALL, rng) for role in ("train", "valid", "test")}


def test_every_picture_stands_in_one_split(digits, splits):
    wanted = sorted(
        (*image.ravel().astype(int), label)
        for image, label in zip(digits.images, digits.target, strict=True)
    )
    found = sorted(
        (*np.rint(pixels[:, 0] * 16).astype(int), label)
        for part in splits.values()
        for pixels, label in zip(part.inputs, part.targets[:, -1], strict=True)
    )
    assert found == wanted
    assert tuple(map(len, splits.values())) == (1262, 180, 355)
    sizes = PixelDigits.sizes
    assert (sizes.train, sizes.valid, sizes.test) == (1262, 180, 355)


def test_each_split_has_its_share_of_each_digit(digits, splits):
    whole = np.bincount(digits.target)
    for part, share in zip(splits.values(), (0.7, 0.1, 0.2), strict=True):
        assert np.abs(np.bincount(part.targets[:, -1]) - share * whole).max() <= 1


def test_train_comes_before_test_in_the_data_set(digits):
    for digit in range(10):
        places = {
            role: pixel_digits.chosen(role, digits.target)[
                digits.target[pixel_digits.chosen(role, digits.target)] == digit
            ]
            for role in ("train", "valid", "test")
        }
        assert places["train"].max() < places["valid"].min()
        assert places["valid"].max() < places["test"].min()


def test_the_answer_is_at_the_last_pixel(splits):
    for part in splits.values():
        assert (part.mask.sum(axis=1) == 1).all()
        assert part.mask[:, -1].all()
        assert part.inputs.min() == 0
        assert part.inputs.max() == 1


def test_few_examples_are_of_all_digits():
    pytest.importorskip("sklearn")
    few = PixelDigits().split("train", 20, np.random.default_rng(0))
    assert sorted(few.targets[:, 0]) == sorted([*range(10)] * 2)


def test_the_bag_of_pixels_knows_no_order_and_is_above_chance(splits):
    task, test = PixelDigits(), splits["test"]
    lesson = Lesson(
        task.signature(), splits["train"], splits["valid"], Recipe(), np.random.default_rng(0)
    )
    model = task.baselines()["bag_of_pixels"](lesson)
    scores = model.predict(test.inputs, None)
    shuffled = test.inputs[:, np.random.default_rng(0).permutation(64)]
    np.testing.assert_array_equal(model.predict(shuffled, None), scores)
    assert 0.15 < accuracy(test, scores) < 0.4


def test_the_checksum_is_of_the_pictures(monkeypatch):
    pytest.importorskip("sklearn")
    before = PixelDigits().checksum()
    pixels, digits = pixel_digits.pictures()
    other = pixels.copy()
    other[7, 7] += 1
    monkeypatch.setattr(pixel_digits, "pictures", lambda: (other, digits))
    assert len(before) == 64
    assert PixelDigits().checksum() != before


def test_without_scikit_learn_it_says_how_to_bring_it(monkeypatch):
    pixel_digits.pictures.cache_clear()
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(Missing, match=r"pip install 'seqbench\[data\]'"):
        PixelDigits().split("train", 1, np.random.default_rng(0))


def test_row_by_row_and_permuted_it_is_the_same_pixels(splits):
    test = splits["test"].inputs[..., 0]  # (N, 64)
    rng = np.random.default_rng(0)
    rows = PixelDigits(by="row").split("test", ALL, rng)
    assert rows.inputs.shape == (355, 8, 8)
    assert rows.mask[:, -1].all() and rows.mask.sum() == 355
    np.testing.assert_array_equal(rows.inputs.reshape(355, 64), test)
    np.testing.assert_array_equal(rows.targets[:, 0], splits["test"].targets[:, 0])
    moved = PixelDigits(permuted=True).split("test", ALL, rng).inputs[..., 0]
    assert (moved != test).any()
    np.testing.assert_array_equal(np.sort(moved), np.sort(test))
    columns = {column.tobytes() for column in test.T}
    assert {column.tobytes() for column in moved.T} == columns
    both = PixelDigits(by="row", permuted=True).split("test", ALL, rng).inputs
    np.testing.assert_array_equal(both.reshape(355, 64), moved)


def test_by_row_there_is_a_bag_of_rows_too():
    assert set(PixelDigits().baselines()) == {"majority", "bag_of_pixels"}
    assert set(PixelDigits(by="row").baselines()) == {"majority", "bag_of_pixels", "bag_of_rows"}
