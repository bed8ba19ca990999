"""What goes wrong on the way of a trial costs what it must and no more, through the front door."""

import pytest

from front_door import typed
from seqbench.store import Store

PLUGIN = '''
"""Architectures that burst, and a probe that stumbles."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from seqbench import (
    Architecture, Diverged, Measurement, Model, Missing, Point, Probe, Unsuited, hookimpl
)
from seqbench.kits.torch import TorchArchitecture


@dataclass(frozen=True)
class Bursts(Architecture):
    """Ends at a point of its curve, or at that of a rehearsal."""

    name = "bursts"
    at: int = 0  # the point; 0: none
    rehearsing: bool = False

    def fit(self, lesson):
        if self.rehearsing and lesson.recipe.evaluations == 1:
            raise Diverged("only a rehearsal")
        curve = []
        for k in range(1, lesson.recipe.evaluations + 1):
            loss = float("nan") if k == self.at else 1 / k
            curve.append(Point(10 * k, 1 / k, loss))
            lesson.report(curve[-1])
            if k == self.at:
                raise Diverged(f"the loss is nan at {10 * k} examples")
        many = lesson.io.outputs.channels
        return Model(lambda x, lengths: np.zeros((*x.shape, many)), 0, tuple(curve))


@dataclass(frozen=True)
class Holes(Architecture):
    """Has no answer to the last of 16 examples, but to those that the leak check changes."""

    name = "holes"

    def fit(self, lesson):
        def predict(x, lengths):
            told = np.zeros((*x.shape, lesson.io.outputs.channels))
            if len(x) == 16 and not np.array_equal(x[:4, 0], x[4:8, 0]):
                told[15] = np.nan
            return told

        return Model(predict, 0)


class Places(nn.Module):
    """Has learned so many positions, and knows of no other."""

    def __init__(self, width, steps):
        super().__init__()
        self.learned = nn.Parameter(torch.zeros(steps, width))

    def forward(self, x):
        return x + self.learned[torch.arange(x.shape[1])]


@dataclass(frozen=True, kw_only=True)
class Rigid(TorchArchitecture):
    """Cannot go beyond the length it was trained on."""

    name = "rigid"

    def mixer(self, width, io):
        return Places(width, io.length)


@dataclass(frozen=True)
class Stumbles(Probe):
    """Raises when it has measured once."""

    name = "stumbles"
    over: str = "nothing"

    def measure(self, subject):
        yield Measurement("before", 1.0, "", "probe")
        match self.over:
            case "a bug":
                raise RuntimeError("two\\nlines")
            case "unsuited":
                raise Unsuited("not of this one")
            case "missing":
                raise Missing("no ruler here")
            case "diverged":
                raise Diverged("answers are NaN")


@hookimpl
def architectures():
    return [Bursts, Holes, Rigid]


@hookimpl
def probes():
    return [Stumbles]
'''
SUITE = """
suite: mishaps
plugins: [odd.py]
seeds: 1
train: {examples: 64, batch: 16, evaluations: 4}
sizes: {train: 64, valid: 16, test: 16}
tasks: [copy: {delay: 4}]
architectures: [ARCHITECTURE]
measure: [MEASURE]
executor: inline
"""


@pytest.fixture
def ran(tmp_path, capsys, monkeypatch):
    """A suite run to its end: what was typed back, and the record."""

    def ran(architecture, measure=""):
        (tmp_path / "odd.py").write_text(PLUGIN)
        text = SUITE.replace("ARCHITECTURE", architecture).replace("MEASURE", measure)
        (tmp_path / "mishaps.yaml").write_text(text)
        done = typed("run", "mishaps.yaml", capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)
        store = Store(tmp_path / "results/mishaps")
        (record,) = (one for one in store.records() if not one["baseline"])
        return done, record, store

    return ran


def test_what_diverges_keeps_its_curve_and_tells_the_step(ran):
    done, record, store = ran("bursts: {at: 3}")
    assert done.returncode == 3 and "1 diverged" in done.stderr
    assert record["status"] == "diverged" and record["measurements"] == []
    assert record["reason"] == "the loss is nan at 30 examples"
    # The last point is no number, which JSON has no word for.
    assert [(p["examples"], p["train_loss"]) for p in record["curve"]] == [(10, 1.0), (20, 0.5)]
    curve = store.frames().curves
    assert list(curve[curve.id == record["id"]].examples) == [10, 20]


def test_a_real_training_that_diverges_late_keeps_what_it_had(ran):
    recipe = "{examples: 640, evaluations: 40, optimizer: sgd, lr: 1000.0, clip: 0, warmup: 1.0}"
    _, record, _ = ran(f"rnn: {{width: 8, nonlinearity: relu, train: {recipe}}}")
    assert record["status"] == "diverged"
    step = int(record["reason"].rpartition(" at step ")[2])
    # A point for each step, but for the one that is no number.
    assert [point["examples"] for point in record["curve"]] == [16 * k for k in range(1, step)]
    assert step > 1


def test_answers_that_are_none_have_no_score(ran):
    done, record, _ = ran("holes")
    assert done.returncode == 3 and "1 diverged" in done.stderr
    assert record["status"] == "diverged" and record["measurements"] == []
    assert " answers on test are NaN" in record["reason"]


def test_what_diverges_in_a_rehearsal_alone_has_not_diverged(ran):
    done, record, _ = ran("bursts: {rehearsing: true}")
    assert done.returncode == 0 and record["status"] == "ok"
    assert len(record["curve"]) == 4 and record["measurements"]


def test_a_probe_that_an_architecture_cannot_follow_costs_no_score(ran):
    done, record, _ = ran("rigid: {width: 8}", "memory, decoding, gradients")
    assert done.returncode == 0 and record["status"] == "ok"
    names = {one["name"] for one in record["measurements"]}
    assert {"accuracy", "gradient_norm"} <= names and not names & {"recall", "decode_seconds"}
    probed = {label.partition("{")[0]: why for label, why in record["probed"].items()}
    assert probed["gradients"] is None
    for name in ("memory", "decoding"):
        assert probed[name].startswith("it failed: IndexError: index ")


@pytest.mark.parametrize(
    ("over", "status", "told"),
    [
        ("nothing", "ok", None),
        ("a bug", "ok", "it failed: RuntimeError: two lines"),
        ("unsuited", "ok", "not of this one"),
        ("missing", "skipped", "no ruler here"),
        ("diverged", "diverged", "answers are NaN"),
    ],
)
def test_what_a_probe_raises_is_told(ran, over, status, told):
    _, record, _ = ran("rnn: {width: 8}", f"stumbles: {{over: {over}}}")
    assert record["status"] == status
    if status != "ok":
        assert record["reason"] == told and not record["measurements"]
        return
    names = {one["name"] for one in record["measurements"]}
    assert "accuracy" in names and ("before" in names) == (over == "nothing")
    assert list(record["probed"].values()) == [told]
    assert record["costs"]["leak_seconds"] > 0
