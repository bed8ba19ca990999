"""The horizon is that of the numbers, and a model that is known to forget is found to."""

import numpy as np
import pytest

from seqbench import Measurement, SeqbenchError


def scored(values, better="higher", chance=0.5):
    """A score that is known at each distance."""
    name = "accuracy" if better == "higher" else "mse"
    beside = Measurement("other", 0.25, at={})

    def score(at):
        (distance,) = at.values()
        return [Measurement(name, values[distance], "", "test", at, better, chance), beside]

    return score


@pytest.mark.parametrize(
    ("values", "horizon", "censored"),
    [
        ({1: 1.0, 4: 0.76, 8: 0.6, 16: 1.0}, 4, 0),  # what comes back later does not count
        ({1: 1.0, 4: 0.75, 8: 0.75, 16: 0.75}, 16, 1),  # 0.75 is a recall of one half
        ({1: 0.74, 4: 1.0, 8: 1.0, 16: 1.0}, 0, 0),
    ],
)
def test_the_horizon_ends_at_the_first_distance_that_fails(
    catalogue, subject, taken, values, horizon, censored
):
    probe = catalogue.make("probes", "memory", {"at": [16, 1, 8, 4]})
    told = subject("copy", {"delay": 4, "length": 1}, "rnn", {"width": 4}, scored(values))
    assert probe.unsuited(told) is None
    found = list(probe.measure(told))
    assert taken(found, "horizon") == {(0.5,): horizon}
    assert taken(found, "horizon_censored") == {(0.5,): censored}
    assert taken(found, "accuracy") == {(d,): v for d, v in values.items()}
    assert taken(found, "recall") == pytest.approx({(d,): 2 * v - 1 for d, v in values.items()})
    assert {m.split for m in found} == {"probe"}
    assert [m.unit for m in found if m.name == "horizon"] == ["delay"]


def test_of_an_error_recall_is_the_share_of_it_that_is_gone(catalogue, subject, taken):
    probe = catalogue.make("probes", "memory", {"at": [4, 8, 16], "threshold": 0.7})
    errors = scored({4: 0.01, 8: 0.05, 16: 0.2}, "lower", 0.2)
    found = list(probe.measure(subject("adding", {}, "rnn", {"width": 4}, errors)))
    assert taken(found, "recall") == pytest.approx({(4,): 0.95, (8,): 0.75, (16,): 0.0})
    assert taken(found, "horizon") == {(0.7,): 8}


def test_of_the_tasks_own_distances_those_are_tested_that_it_takes(catalogue, subject, taken):
    values = {d: 1.0 for d in (1, 2, 4, 8, 16)}
    probe = catalogue.make("probes", "memory", {})
    few = subject("associative_recall", {"vocab": 16}, "rnn", {"width": 4}, scored(values))
    assert [d for (d,) in taken(list(probe.measure(few)), "accuracy")] == [1, 2, 4, 8]


def test_what_it_cannot_be_asked_of_is_told(catalogue, subject):
    plain, asked = (catalogue.make("probes", "memory", s) for s in ({}, {"at": [2, 12]}))
    text = subject("char_lm", {"length": 8}, "rnn", {"width": 4})
    assert plain.unsuited(text) == "char_lm has no setting that says how far back an answer lies"
    recall = subject("associative_recall", {"vocab": 16}, "rnn", {"width": 4})
    assert plain.unsuited(recall) is None
    assert asked.unsuited(recall).startswith("pairs 12: associative_recall.pairs is 12")


@pytest.mark.parametrize("slip", [{"threshold": 0.0}, {"threshold": 1.5}, {"at": [0]}])
def test_settings_that_mean_nothing_are_refused(catalogue, slip):
    with pytest.raises(SeqbenchError, match=r"memory\.(threshold|at) is"):
        catalogue.make("probes", "memory", slip)


PLUGIN = '''
"""An architecture that is right about the last so many steps, and knows nothing before them."""
from dataclasses import dataclass

import numpy as np
from seqbench import Architecture, Model, hookimpl


@dataclass(frozen=True)
class Window(Architecture):
    name = "window"
    back: int = 9

    def fit(self, lesson):
        blank, go = lesson.io.outputs.vocab, lesson.io.outputs.vocab + 1

        def predict(inputs, lengths=None):
            out = np.zeros((*inputs.shape, blank))
            for step in range(inputs.shape[1]):
                seen = inputs[:, max(0, step - self.back) : step + 1]
                for row, past in enumerate(seen):
                    symbols = past[past < blank]
                    if len(symbols):
                        out[row, step, symbols[-1]] = 1
            return out

        return Model(predict, 1)


@hookimpl
def architectures():
    return [Window]
'''

SUITE = """
suite: windows
plugins: [window.py]
seeds: 2
sizes: {train: 20, valid: 20, test: 100}
tasks: [copy: {delay: 4, length: 1}, char_lm: {length: 8}]
architectures: [window: {back: [9, 40]}]
measure: [memory: {at: [1, 7, 8, 16, 30]}, gradients, decoding]
executor: inline
report: [memory, gradients]
"""


def test_through_the_front_door_a_window_remembers_as_far_as_it_reaches(
    tmp_path, capsys, monkeypatch
):
    from front_door import typed

    (tmp_path / "window.py").write_text(PLUGIN)
    (tmp_path / "windows.yaml").write_text(SUITE)
    words = ("run", "windows.yaml", "--results", "r")
    done = typed(*words, capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    from seqbench.store import Store

    records = [r for r in Store(tmp_path / "r" / "windows").records() if not r["baseline"]]
    assert len(records) == 8
    for record in records:
        of = {m["name"]: m["value"] for m in record["measurements"]}
        reasons = {label.partition("{")[0]: why for label, why in record["probed"].items()}
        assert reasons["gradients"].startswith("window is no torch network")
        assert reasons["decoding"] == "window is no torch network"
        if record["task"]["name"] == "char_lm":
            assert reasons["memory"].startswith("char_lm has no setting")
            assert "horizon" not in of
        else:
            # From the symbol to its answer there are delay + 2 steps.
            assert reasons["memory"] is None
            reach = {9: 7, 40: 30}[record["architecture"]["settings"]["back"]]
            assert of["horizon"] == reach and of["horizon_censored"] == (reach == 30)

    text = (tmp_path / "r" / "windows" / "memory.md").read_text()
    near = next(line for line in text.splitlines() if line.startswith("| window(back=9) | 1.00"))
    assert near.count("1.00 / 1.00 (100%)") == 2
    assert "| window(back=9) | 7 | 7 to 7 | 2 | 1 |" in text
    assert "| window(back=40) | ≥ 30 | ≥ 30 to ≥ 30 | 2 | 1 |" in text
    assert "no torch net" in (tmp_path / "r" / "windows" / "gradients.md").read_text()
    again = typed(*words, capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)
    assert "nothing to run" in again.stderr + again.stdout


def test_recall_at_chance_is_near_nothing(catalogue):
    """A guess, by the task's own chance, on numbers drawn for it."""
    from seqbench_plugins.probes.memory import recall

    rng = np.random.default_rng(0)
    right = (rng.integers(0, 8, 100_000) == rng.integers(0, 8, 100_000)).mean()
    assert abs(recall(Measurement("accuracy", right, better="higher", chance=1 / 8))) < 0.01
    gone = ((rng.random(100_000) + rng.random(100_000) - 1) ** 2).mean()
    assert abs(recall(Measurement("mse", gone, better="lower", chance=1 / 6))) < 0.01
    with pytest.raises(ValueError, match="chance"):
        recall(Measurement("mse", 0.1, better="lower"))
