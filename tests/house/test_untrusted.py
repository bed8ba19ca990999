"""Data of strangers: no reader of it unpickles anything, or unpacks an archive to the disk."""

import ast
from pathlib import Path

import numpy as np
import pytest

from seqbench.kits.espeak import _kept

ROOT = Path(__file__).parents[2]
READERS = [
    *sorted((ROOT / "plugins" / "tasks").glob("*.py")),
    *sorted((ROOT / "seqbench" / "kits").rglob("*.py")),
    *sorted((ROOT / "seqbench" / "store").glob("*.py")),
]
PICKLERS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
UNPACKING = {"extract", "extractall", "unpack_archive", "read_pickle"}


def faults(text):
    """What a file does that a reader may not."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (name for name in imported(node) if name.split(".")[0] in PICKLERS)
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "torch.load":
            yield "torch.load"
        elif isinstance(node, ast.Attribute) and node.attr in UNPACKING:
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            yield "allow_pickle"


def imported(node):
    """The modules that an import names."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [one.name for one in node.names]


@pytest.mark.parametrize("file", READERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_reader_unpickles_or_unpacks(file):
    assert list(faults(file.read_text())) == []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(path)",
        "tarfile.open(path).extractall(folder)",
        "shutil.unpack_archive(path)",
        "np.load(path, allow_pickle=True)",
        "pandas.read_pickle(path)",
    ],
)
def test_each_fault_would_be_seen(text):
    assert list(faults(text))


class Trap:
    """Says so when it is unpickled."""

    sprung = False

    def __reduce__(self):
        return setattr, (Trap, "sprung", True)


def test_a_kept_file_with_a_pickle_in_it_is_passed_over(tmp_path):
    path = tmp_path / "kept.npz"
    np.savez(path, sound=np.array([Trap()], dtype=object), ends=np.array([1]))
    assert _kept(path, 1) is None
    assert not Trap.sprung
