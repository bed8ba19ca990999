"""On tiny files of the published form, written byte by byte here."""

import gzip
import struct

import numpy as np
import pytest

from seqbench import Missing, SeqbenchError
from seqbench.testing import check_task
from seqbench_plugins.tasks import fashion_mnist
from seqbench_plugins.tasks.fashion_mnist import FashionMnist

ALL = 10**6


def lay(folder, part, count, seed=0, packed=True, labels=None):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (count, 28, 28), np.uint8)
    labels = np.arange(count, dtype=np.uint8) % 10 if labels is None else np.array(labels, np.uint8)
    images = bytes([0, 0, 8, 3]) + struct.pack(">III", count, 28, 28) + pixels.tobytes()
    kinds = bytes([0, 0, 8, 1]) + struct.pack(">I", len(labels)) + labels.tobytes()
    for kind, data in (("images-idx3", images), ("labels-idx1", kinds)):
        name = f"{part}-{kind}-ubyte" + (".gz" if packed else "")
        (folder / name).write_bytes(gzip.compress(data) if packed else data)
    return pixels


@pytest.fixture
def folder(tmp_path):
    lay(tmp_path, "train", 200, 1)
    lay(tmp_path, "t10k", 50, 2)
    return tmp_path


def split(task, role, n=ALL):
    return task.split(role, n, np.random.default_rng(0))


def test_the_published_test_part_is_the_test_split(folder):
    pixels = lay(folder, "t10k", 50, 2)
    part = split(FashionMnist(str(folder)), "test")
    assert part.inputs.shape == (50, 28, 28)
    np.testing.assert_array_equal(np.rint(part.inputs * 255), pixels)  # class by class in turn
    assert part.targets[:, -1].tolist() == [k % 10 for k in range(50)]
    assert part.mask[:, -1].all()
    assert part.mask.sum() == 50


def test_train_and_valid_part_the_published_training_part(folder):
    whole = lay(folder, "train", 200, 1)
    train, valid = (split(FashionMnist(str(folder)), role) for role in ("train", "valid"))
    np.testing.assert_array_equal(np.rint(train.inputs * 255), whole[:180])  # 18 of each 20
    np.testing.assert_array_equal(np.rint(valid.inputs * 255), whole[180:])
    assert sorted(split(FashionMnist(str(folder)), "train", 10).targets[:, 0]) == [*range(10)]


def test_pixel_by_pixel_and_permuted(folder):
    rows = split(FashionMnist(str(folder)), "test").inputs
    pixels = split(FashionMnist(str(folder), by="pixel"), "test").inputs
    assert pixels.shape == (50, 784, 1)
    np.testing.assert_array_equal(pixels.ravel(), rows.ravel())
    moved = split(FashionMnist(str(folder), permuted=True), "test").inputs
    assert (moved != rows).any()


def test_the_checksum_is_of_what_is_in_the_files_packed_or_not(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    lay(other, "train", 200, 1, packed=False)
    lay(other, "t10k", 50, 2, packed=False)
    before = FashionMnist(str(folder)).checksum()
    assert FashionMnist(str(other)).checksum() == before
    lay(other, "t10k", 50, 3, packed=False)
    assert FashionMnist(str(other)).checksum() != before


def test_debians_place_is_looked_at_and_where_it_is_empty_it_says_what_to_do(folder, monkeypatch):
    monkeypatch.setattr(fashion_mnist, "DEBIAN", str(folder))
    assert len(split(FashionMnist(), "test")) == 50
    monkeypatch.setattr(fashion_mnist, "DEBIAN", str(folder / "none"))
    for ask in (FashionMnist().checksum, lambda: split(FashionMnist(), "test")):
        with pytest.raises(Missing, match=r"apt-get install dataset-fashion-mnist.*folder:"):
            ask()


def test_a_folder_without_the_files_is_a_slip(folder):
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(SeqbenchError, match=r"holds no t10k-labels-idx1-ubyte\.gz and no t10k"):
        split(FashionMnist(str(folder)), "test")


@pytest.mark.parametrize(
    ("count", "labels", "hint"),
    [
        (30, [0] * 29, "labels-idx1-ubyte.gz: 29 labels for 30 pictures"),
        (30, [*[0] * 28, 10, 11], "label 10 at picture 28; it takes 0 to 9"),
        (5, None, "5 pictures; it takes 20 or more"),
    ],
)
def test_files_that_do_not_fit_are_refused(folder, count, labels, hint):
    lay(folder, "t10k", count, labels=labels)
    with pytest.raises(SeqbenchError, match=hint) as slip:
        split(FashionMnist(str(folder)), "test")
    assert "\n" not in str(slip.value)


@pytest.mark.parametrize("by", ["row", "pixel"])
def test_every_promise_of_a_task_is_kept(folder, by):
    found = check_task(FashionMnist(str(folder), by=by))
    assert [outcome for outcome in found if outcome.status == "failed"] == []
    assert sum(outcome.status == "passed" for outcome in found) >= 8


def test_pictures_of_another_size_are_refused(folder):
    data = bytes([0, 0, 8, 3]) + struct.pack(">III", 50, 14, 56) + bytes(50 * 784)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(data))
    with pytest.raises(SeqbenchError, match=r"pictures of \(14, 56\); it takes 28 x 28"):
        split(FashionMnist(str(folder)), "test")
