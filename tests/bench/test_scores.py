"""What guessing gives stands beside a score only where it is that of the very examples scored."""

from math import log

import pytest

from seqbench import Choice, Sizes, Trial
from seqbench.bench.trial import run_trial
from seqbench.catalogue import Catalogue

LOTS = """
from dataclasses import dataclass

import numpy as np

from seqbench import Architecture, Model, Signature, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class Lots(Task):
    '''One in `odds` by accuracy, whatever they are by cross-entropy; `more` tells of the latter.'''

    name = "lots"
    metrics = ("accuracy", "cross_entropy")
    odds: int = 4
    length: int = 6
    more: int = 0

    def signature(self):
        return Signature(Tokens(9), Tokens(9), self.length)

    def sample(self, n, rng):
        inputs = rng.integers(0, 9, (n, self.length))
        return Split(inputs, inputs, np.ones(inputs.shape, bool))

    def chance(self):
        told = {"accuracy": 1 / self.odds}
        return told | ({"cross_entropy": 2.0} if self.more == 0 else {})


@dataclass(frozen=True)
class Mute(Architecture):
    name = "mute"

    def fit(self, lesson):
        return Model(lambda x, lengths=None: np.zeros((*x.shape, 9)), 0)


@hookimpl
def tasks():
    return [Lots]


@hookimpl
def architectures():
    return [Mute]
"""


@pytest.fixture(scope="module")
def lots(tmp_path_factory):
    file = tmp_path_factory.mktemp("lots") / "lots.py"
    file.write_text(LOTS)
    return Catalogue.installed(file)


def chances(catalogue, task, settings, ranges, tests=(), architecture=("mute", {})):
    """By split, metric and coordinates."""
    trial = Trial(
        Choice(task, settings),
        Choice(*architecture),
        0,
        {"examples": 8, "batch": 4, "evaluations": 1},
        Sizes(12, 12, 12),
        ranges=ranges,
        metrics=("accuracy", "cross_entropy"),
        tests=tests,
    )
    found = run_trial(trial, catalogue, lambda *_: None)
    assert found.status == "ok", found.reason
    return {(m.split, m.name, *m.at.values()): m.chance for m in found.measurements}


USUAL = {"odds": 4, "length": 6, "more": 0}


def test_without_a_range_it_is_the_tasks_own(lots):
    told = chances(lots, "lots", USUAL, {})
    assert told == {
        (role, *pair): value
        for role in ("test", "valid")
        for pair, value in ((("accuracy",), 0.25), (("cross_entropy",), 2.0))
    }


def test_over_a_range_it_is_told_where_every_value_gives_the_same(lots):
    assert chances(lots, "lots", USUAL, {"length": (2, 6)}) == chances(lots, "lots", USUAL, {})


@pytest.mark.parametrize(
    ("ranges", "settings", "told"),
    [
        ({"odds": (2, 4)}, {}, (None, 2.0)),
        ({"length": (2, 6), "odds": (3, 4)}, {}, (None, 2.0)),  # of two ranges, the second
        ({"more": (0, 1)}, {"more": 1}, (0.25, None)),  # known at one end alone
        ({"more": (-1, 0)}, {}, (0.25, None)),  # at the other
        ({"odds": (2, 2000)}, {"odds": 2000}, (None, 2.0)),  # too many to look at each
    ],
)
def test_where_it_differs_over_a_range_it_is_left_out(lots, ranges, settings, told):
    found = chances(lots, "lots", {**USUAL, **settings}, ranges)
    for role in ("test", "valid"):
        assert (found[role, "accuracy"], found[role, "cross_entropy"]) == told


def test_at_a_coordinate_it_is_that_coordinates(lots):
    found = chances(lots, "lots", USUAL, {"odds": (2, 4)}, ({"odds": 2}, {"odds": 8}))
    assert found["test", "accuracy", 2] == 0.5 and found["test", "accuracy", 8] == 0.125
    assert found["test", "cross_entropy", 8] == 2.0


def test_of_a_walk_it_is_left_out_and_of_parity_told():
    """After 1, 2 and 3 steps places are reached in 3, 9 and 27 equally likely ways, counted here.

    The likeliest one is reached in 1 of 3, in 3 of 9 and in 7 of 27.
    """
    bundled, rnn = Catalogue.installed(), ("rnn", {"width": 4})
    own, tests = {"length": 3, "cycle": 5, "every": True}, ({"length": 1}, {"length": 2})
    walk = chances(bundled, "cycle_navigation", own, {"length": (1, 3)}, tests, rnn)
    assert walk["test", "accuracy"] is walk["valid", "cross_entropy"] is None
    second = -sum(k / 9 * log(k / 9) for k in (1, 2, 3, 2, 1))
    assert walk["test", "cross_entropy", 1] == pytest.approx(log(3))
    assert walk["test", "cross_entropy", 2] == pytest.approx((log(3) + second) / 2)
    short = chances(bundled, "cycle_navigation", {**own, "length": 2}, {"length": (1, 2)}, (), rnn)
    assert short["test", "accuracy"] == pytest.approx(1 / 3)  # at both steps
    assert short["test", "cross_entropy"] is None
    bits = chances(bundled, "parity", {"length": 4, "every": True}, {"length": (2, 4)}, (), rnn)
    assert bits["test", "accuracy"] == 0.5 and bits["valid", "cross_entropy"] == log(2)
