"""The same machine with the same threads gives the same digits, wherever and after whatever."""

from pathlib import Path

import pytest

from front_door import seqbench
from seqbench.store import Store

SUITE = """
suite: digits
seeds: 1
train: {examples: 256, batch: 16, evaluations: 2}
sizes: {train: 128, valid: 32, test: 32}
tasks:
  - associative_recall: {pairs: 2, vocab: 8, test: {pairs: [1, 3]}}
  - formant_words
architectures: [rnn, lstm, birnn, transformer]
"""

WAYS = {
    "inline": ["--set", "executor=inline"],
    "alone": ["--set", "executor={process: {workers: 1}}"],
    "in a crowd": ["--set", "executor={process: {workers: 2}}"],
    "after others": ["--only", "architectures=transformer,lstm", "--set", "executor=inline"],
}


def numbers(folder: Path):
    return {r["id"]: (r["status"], r["measurements"], r["curve"]) for r in Store(folder).records()}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    (folder / "digits.yaml").write_text(SUITE)
    for way, words in WAYS.items():
        done = seqbench("run", "digits.yaml", "--results", way, *words, cwd=folder, timeout=300)
        assert done.returncode == 0, done.stderr
    resumed = ("run", "digits.yaml", "--results", "after others", "--set", "executor=inline")
    assert seqbench(*resumed, cwd=folder, timeout=300).returncode == 0
    return {way: numbers(folder / way / "digits") for way in WAYS}


@pytest.mark.parametrize("way", [way for way in WAYS if way != "inline"])
def test_every_number_is_the_same(found, way):
    assert len(found["inline"]) == 11
    assert found[way] == found["inline"]


def test_the_numbers_are_not_all_alike(found):
    values = {str(measured) for _, measured, _ in found["inline"].values() if measured}
    assert len(values) == 10  # the bidirectional one is a skip on the causal task
