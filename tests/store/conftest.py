"""Trials and results to store."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from samples import result

from seqbench.store import Store


@pytest.fixture
def filled(tmp_path):
    """A folder with three successes in one file."""
    with Store(tmp_path / "filled") as store:
        for seed in range(3):
            store.add(result(seed))
    return tmp_path / "filled"
