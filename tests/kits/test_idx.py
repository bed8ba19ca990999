"""Files written byte by byte here, after the description at MNIST's."""

import gzip
import struct

import pytest

from seqbench import SeqbenchError
from seqbench.kits import idx

CUBE = bytes([0, 0, 8, 3]) + struct.pack(">III", 2, 3, 4) + bytes(range(24))


@pytest.fixture
def file(tmp_path):
    def lay(data):
        (tmp_path / "a-idx3-ubyte").write_bytes(data)
        return tmp_path / "a-idx3-ubyte"

    return lay


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_the_last_dimension_runs_fastest(file, packed):
    found = idx.read(file(packed(CUBE)), 3)
    assert found.shape == (2, 3, 4)
    assert [found[i, j, k] for i in range(2) for j in range(3) for k in range(4)] == [*range(24)]


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"", "no IDX file"),
        (b"\x89PNG" + bytes(30), "no IDX file"),
        (CUBE[:10], "cut short, within its header"),
        (CUBE[:-1], "23 numbers where its header promises 24"),
        (CUBE + b"\0", "25 numbers where its header promises 24"),
        (b"\0\0\x0d" + CUBE[3:], "kind 0x0d; it takes unsigned bytes"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 1, 7]), "1 dimensions; it takes 3"),
        (CUBE[:4] + b"\xff" * 12 + CUBE[16:], "promises 79228162458924105385300197375"),
        (gzip.compress(CUBE, mtime=0)[:-9], "cannot be read"),
        (b"\x1f\x8b" + bytes(30), "cannot be read"),
        (gzip.compress(CUBE, mtime=0)[:-8] + bytes(8), "cannot be read"),
    ],
)
def test_what_is_no_such_file_is_one_line_that_names_it(file, data, hint):
    path = file(data)
    with pytest.raises(SeqbenchError, match=hint) as slip:
        idx.read(path, 3)
    assert str(slip.value).startswith(f"{path}: ")
    assert "\n" not in str(slip.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SeqbenchError, match="cannot be read"):
        idx.read(tmp_path / "none", 1)
