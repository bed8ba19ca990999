"""Equal budgets of the bundled architectures, from the suite to the records."""

import pytest

from front_door import typed
from seqbench.store import Store

SUITE = """
suite: even
seeds: 1
BUDGET
train: {examples: 16, batch: 16, evaluations: 1}
sizes: {train: 16, valid: 8, test: 8}
tasks: [copy: {delay: 40, length: 4, vocab: 8}]
architectures: [rnn, lstm, transformer: {heads: 1, layers: 1, ratio: 2.0}]
executor: inline
"""
STEPS = 4 + 40 + 1 + 4  # said, waited, asked, answered; of all of them attention sees all
WAYS_OUT = 8  # symbols, each with a score; in comes a look-up, which costs nothing


def attention(width):
    """A head's depth is even."""
    inner = width + width % 2
    return 2 * (4 * width * inner + 2 * 2 * width**2) + 4 * inner * STEPS


FLOPS = {
    "rnn": lambda width: 2 * 2 * width**2,
    "lstm": lambda width: 2 * 8 * width**2,
    "transformer": attention,
}
PARTS = ("mixer", "encoder", "readout")


@pytest.fixture
def ran(tmp_path, capsys, monkeypatch):
    def ran(budget):
        (tmp_path / "even.yaml").write_text(SUITE.replace("BUDGET", budget))
        done = typed("run", "even.yaml", capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        records = [one for one in Store(tmp_path / "results/even").records()]
        found = {r["architecture"]["name"]: r for r in records if not r["baseline"]}
        assert len(found) == 3
        return found

    return ran


def test_equal_flops_are_those_of_formulas(ran):
    for name, record in ran("flops: 60000").items():
        by_hand = {width: FLOPS[name](width) + 2 * width * WAYS_OUT for width in range(1, 200)}
        width = record["architecture"]["settings"]["width"]
        assert record["costs"]["flops_per_step"] == by_hand[width]
        assert by_hand[width] == pytest.approx(60_000, rel=0.05)
        assert width == min(by_hand, key=lambda it: abs(by_hand[it] - 60_000))


def test_equal_parameters_are_told_part_by_part(ran):
    for name, record in ran("parameters: 20000").items():
        width, costs = record["architecture"]["settings"]["width"], record["costs"]
        assert costs["parameters"] == pytest.approx(20_000, rel=0.05)
        assert costs["parameters"] == sum(costs[f"parameters_{part}"] for part in PARTS)
        assert costs["parameters_encoder"] == 10 * width, name  # a blank and a sign to go beside 8
        assert costs["parameters_readout"] == (width + 1) * WAYS_OUT
