"""The race as its user runs it: a suite, a record, a report."""

import json

import pytest

from front_door import seqbench
from seqbench.store import Store

PLUGIN = '''
"""What a race may meet."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from seqbench import Architecture, Model, hookimpl
from seqbench.kits.torch import TorchArchitecture


@dataclass(frozen=True)
class Table(Architecture):
    """No network at all."""
    name = "table_of_answers"

    def fit(self, lesson):
        many = lesson.io.outputs.channels
        return Model(lambda x, lengths: np.zeros((*x.shape[:2], many)), 0)


@dataclass(frozen=True, kw_only=True)
class Hungry(TorchArchitecture):
    """Takes a GiB from 32 steps on."""
    name = "hungry"

    def mixer(self, width, io):
        return Eats()


class Eats(nn.Module):
    def forward(self, x):
        spare = torch.ones(2**28 if x.shape[1] >= 32 else 1)
        return x * spare[0]


@hookimpl
def architectures():
    return [Table, Hungry]
'''
SUITE = """
suite: costs
plugins: [odd.py]
train: false
tasks: [associative_recall: {pairs: 2, vocab: 8}]
architectures: [rnn: {width: 8}, transformer: {width: 8}, birnn, table_of_answers, hungry]
measure: [scaling: {lengths: [8, 16, 32, 64], batches: [1], least: 6, most: 6, memory: 0.5}]
report: [scaling]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "odd.py").write_text(PLUGIN)
    (tmp_path / "costs.yaml").write_text(SUITE)
    return tmp_path


def test_a_suite_is_raced_and_told(folder):
    done = seqbench("run", "costs.yaml", cwd=folder)
    assert done.returncode == 0 and "1 trials: 1 ok" in done.stderr, done.stderr
    (record,) = Store(folder / "results/costs").records()
    probed = record["probed"]
    assert probed["rnn"] is probed["transformer"] is probed["hungry"] is None
    assert "reads ahead" in probed["birnn"]
    assert probed["table_of_answers"] == (
        "table_of_answers is no torch architecture: it has no mixer"
    )
    numbers = record["measurements"]
    lacking = [m for m in numbers if m["name"] == "out_of_memory"]
    assert {(m["at"]["architecture"], m["at"]["length"]) for m in lacking} == {("hungry", 32)}
    timed = [m["at"] for m in numbers if m["name"] == "seconds"]
    told = {(at["architecture"], at["pass"], at["length"]) for at in timed}
    assert len(timed) == len(told) == 2 * (4 + 4 + 2)
    assert all(at["clock"] == "cpu" for at in timed)
    exact = {m["name"] for m in numbers if m["exact"]}
    assert {"flops", "flops_linear", "parameters"} <= exact
    assert not {"seconds", "peak_bytes", "relative_error"} & exact
    text = seqbench("report", "results/costs", "--report", "scaling", "--markdown", cwd=folder)
    order = [text.stdout.index(part) for part in ("FLOPs of a call", "seconds of", "peak memory")]
    assert order == sorted(order)
    assert "out of memory from 32 on: a call takes more than 512 MiB" in text.stdout


def test_quick_is_short_and_counts_are_the_same_twice(folder):
    sets = ["--set", "measure=[scaling: {lengths: [8, 16, 24, 32, 512], batches: [1]}]"]
    only = ["--only", "architectures=rnn,transformer"]
    done = seqbench("run", "costs.yaml", "--quick", "--twice", *sets, *only, cwd=folder)
    assert done.returncode == 0 and "1 of 1 the same" in done.stderr, done.stderr
    (record,) = Store(folder / "results/costs").records()
    assert record["partial"]
    own = record["architecture"]["settings"]
    assert own["lengths"] == [8, 16, 24, 32] and own["least"] == own["most"] == 6


def test_widths_and_batches_are_gone_through_where_they_are_asked_for(folder):
    asked = "{lengths: [4, 8], widths: [4, 8], batches: [1, 2], passes: [forward], most: 6}"
    only = ["--only", "architectures=rnn,transformer"]
    sets = ["--set", f"measure=[scaling: {asked}]"]
    seqbench("run", "costs.yaml", *sets, *only, cwd=folder, check=True)
    (record,) = Store(folder / "results/costs").records()
    flops = [m for m in record["measurements"] if m["name"] == "flops"]
    places = {tuple(m["at"].items()) for m in flops}
    assert len(flops) == len(places) == 2 * 2 * 2 * 2
    rnn = {
        (m["at"]["width"], m["at"]["batch"], m["at"]["length"]): m["value"]
        for m in flops
        if m["at"]["architecture"] == "rnn"
    }
    assert all(
        value == batch * steps * 4 * width**2 for (width, batch, steps), value in rnn.items()
    )
    over = [m["at"] for m in record["measurements"] if m["name"] == "crossing"]
    assert all(at["architecture"] != at["over"] for at in over)
    text = seqbench("report", "results/costs", "--report", "scaling", "--markdown", cwd=folder)
    assert "rnn, width 4, batch 2, forward" in text.stdout


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("{lengths: []}", "scaling.lengths is empty; it takes one or more"),
        ("{lengths: [0, 64]}", "scaling.lengths has 0; it takes whole numbers from 1 on"),
        ("{lenghts: [64]}", "did you mean 'lengths'?"),
        ("{batches: [2.5]}", "scaling.batches takes"),
    ],
)
def test_a_slip_is_told_with_its_line_before_anything_runs(folder, asked, told):
    text = SUITE.replace(SUITE[SUITE.index("{lengths:") : SUITE.index("]\nreport")], asked)
    (folder / "costs.yaml").write_text(text)
    done = seqbench("run", "costs.yaml", cwd=folder)
    assert done.returncode == 2 and told in done.stderr and "costs.yaml:7:" in done.stderr
    assert not (folder / "results").exists()


def test_a_plan_says_who_runs(folder):
    done = seqbench("plan", "costs.yaml", cwd=folder)
    assert "scaling(" in done.stdout and "rnn, transformer" in done.stdout
    assert json.loads(seqbench("schema", cwd=folder).stdout)
