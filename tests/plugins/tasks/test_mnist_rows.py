"""On a file of the same form made here, and on the real one where it has been fetched."""

import gzip
from itertools import chain

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.kits import archive
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import mnist_rows
from seqbench_plugins.tasks.mnist_rows import PICTURES, MnistRows

ALL = 10**6


def put(monkeypatch, data):
    monkeypatch.setattr(mnist_rows, "read", {PICTURES: data}.__getitem__)
    mnist_rows.pictures.cache_clear()


@pytest.fixture
def made(monkeypatch):
    """A hundred pictures, ten of each digit, the digits one after another."""
    rng = np.random.default_rng(0)
    pixels, digits = rng.integers(0, 256, (100, 784)), np.repeat(np.arange(10), 10)
    lines = [",".join(map(str, [*row, digit])) for row, digit in zip(pixels, digits, strict=True)]
    put(monkeypatch, gzip.compress(("\n".join(lines) + "\n").encode()))
    yield pixels, digits
    mnist_rows.pictures.cache_clear()


def split(task, role, n=ALL):
    return task.split(role, n, np.random.default_rng(0))


def shown(task):
    """Each role's pictures as they stood in the file, with their digits."""
    return {
        role: [
            ((*np.rint(row.ravel() * 255).astype(int),), int(digit))
            for row, digit in zip(part.inputs, part.targets[:, -1], strict=True)
        ]
        for role in ("train", "valid", "test")
        for part in [split(task, role)]
    }


@pytest.mark.parametrize("by", ["row", "pixel"])
def test_each_picture_stands_in_one_split_as_it_is_in_the_file(made, by):
    pixels, digits = made
    whole = [((*row,), int(digit)) for row, digit in zip(pixels.tolist(), digits, strict=True)]
    found = shown(MnistRows(by=by))
    assert sorted(chain(*found.values())) == sorted(whole)
    assert [len(part) for part in found.values()] == [70, 10, 20]
    assert set(found["test"]) == {*whole[8::10], *whole[9::10]}
    steps, width = (28, 28) if by == "row" else (784, 1)
    part = split(MnistRows(by=by), "train")
    assert part.inputs.shape == (70, steps, width)
    assert part.mask[:, -1].all()
    assert part.mask.sum() == 70


def test_permuted_pictures_are_the_same_pixels_elsewhere_in_all_alike(made):
    plain, moved = (split(MnistRows(permuted=p), "train").inputs.reshape(70, 784) for p in (0, 1))
    assert (plain != moved).any()
    np.testing.assert_array_equal(np.sort(plain), np.sort(moved))
    place = [int(np.flatnonzero((plain == column[:, None]).all(0))[0]) for column in moved.T]
    assert sorted(place) == [*range(784)]
    pixelwise = split(MnistRows(by="pixel", permuted=True), "train").inputs.reshape(70, 784)
    np.testing.assert_array_equal(moved, pixelwise)


def test_a_file_of_another_form_is_refused(monkeypatch):
    put(monkeypatch, gzip.compress(b"1,2,3\n4,5,6\n"))
    with pytest.raises(SeqbenchError, match="3 numbers a line, not 785"):
        split(MnistRows(), "train")
    mnist_rows.pictures.cache_clear()


def test_the_checksum_is_known_without_the_file(monkeypatch):
    monkeypatch.setattr(mnist_rows, "read", None)
    assert MnistRows().checksum() == PICTURES.pin.sha256


@pytest.fixture
def real():
    if archive.state(PICTURES).status != "here":
        pytest.skip("not here: `seqbench data fetch mnist_rows`")
    mnist_rows.pictures.cache_clear()


def test_the_real_pictures_are_balanced_and_told_apart_a_little_by_their_mean_row(real):
    task = MnistRows()
    parts = {role: split(task, role) for role in ("train", "valid", "test")}
    for role, each in (("train", 350), ("valid", 50), ("test", 100)):
        assert np.bincount(parts[role].targets[:, 0]).tolist() == [each] * 10
    train, test = ({row.tobytes() for row in parts[role].inputs} for role in ("train", "test"))
    assert not train & test
    lesson = Lesson(
        task.signature(), parts["train"], parts["valid"], Recipe(), np.random.default_rng(0)
    )
    scores = {
        name: accuracy(parts["test"], fit(lesson).predict(parts["test"].inputs, None))
        for name, fit in task.baselines().items()
    }
    assert scores["majority"] == pytest.approx(0.1)
    assert scores["bag_of_pixels"] < 0.45
    assert scores["bag_of_pixels"] < scores["bag_of_rows"] < 0.6
