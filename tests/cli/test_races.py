"""Architectures side by side, in a trial of their own that has the machine to itself."""

import json

import pytest

from front_door import seqbench
from seqbench.store import Store

PLUGIN = '''
"""A race that looks who is about, and an architecture that takes its time."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from seqbench import Architecture, Measurement, Model, Race, hookimpl

ABOUT = Path(__file__).with_name("about")


@dataclass(frozen=True)
class Sprint(Race):
    """Who runs, and how many are at work meanwhile."""

    name = "sprint"
    laps: int = 3

    def short(self):
        return Sprint(laps=1)

    def unsuited(self, architecture, io):
        return "it does not run" if architecture.name == "transformer" else None

    def measure(self, field):
        for name in field.runners:
            at = {"architecture": name, "steps": field.io.length}
            yield Measurement("laps", float(self.laps), "", "probe", at)
            time.sleep(0.2)
            yield Measurement("others", float(len(os.listdir(ABOUT))), "", "probe", at)
            yield Measurement("now", time.monotonic(), "s", "probe", at, exact=False)


@dataclass(frozen=True)
class Slow(Architecture):
    """Takes a while."""

    name = "slow"

    def fit(self, lesson):
        mine = ABOUT / str(os.getpid())
        mine.write_text("")
        time.sleep(0.5 * len(os.listdir(ABOUT)))  # two at once do not end at once
        mine.unlink()
        many = lesson.io.outputs.channels
        import numpy as np

        return Model(lambda x, lengths: np.zeros((*x.shape[:2], many)), 0)


@hookimpl
def probes():
    return [Sprint]


@hookimpl
def architectures():
    return [Slow]
'''
SUITE = """
suite: races
plugins: [sprint.py]
seeds: 4
tasks: [associative_recall: {pairs: 2, vocab: 8}]
architectures: [birnn, rnn: {width: [8, 16]}, transformer, slow]
measure: [sprint]
report: []
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sprint.py").write_text(PLUGIN)
    (tmp_path / "races.yaml").write_text(SUITE)
    (tmp_path / "about").mkdir()
    return tmp_path


def raced(folder):
    (record,) = [r for r in Store(folder / "results/races").records() if r["runners"]]
    return record


def test_it_runs_alone_and_says_who_did_not(folder):
    only = "architectures=slow,birnn,transformer"
    done = seqbench("run", "races.yaml", "--only", only, "--limit", "8", cwd=folder)
    assert done.returncode == 0, done.stderr
    record = raced(folder)
    others = [m["value"] for m in record["measurements"] if m["name"] == "others"]
    assert others == [0]
    assert set(record["probed"]) == {"slow", "birnn", "transformer"}
    assert record["probed"]["slow"] is None
    assert "ahead" in record["probed"]["birnn"] and record["probed"]["transformer"] == (
        "it does not run"
    )


def test_nothing_is_trained_where_train_is_false(folder):
    done = seqbench("run", "races.yaml", "--set", "train=false", cwd=folder)
    assert done.returncode == 0 and "1 trials: 1 ok" in done.stderr, done.stderr
    record = raced(folder)
    runners = {m["at"]["architecture"] for m in record["measurements"]}
    assert runners == {"slow", "rnn(width=8)", "rnn(width=16)"}
    assert record["facts"]["load"] >= 0 and record["costs"]["race_seconds"] > 0.5
    again = seqbench("run", "races.yaml", "--set", "train=false", cwd=folder)
    assert "nothing to run" in again.stderr
    frames = Store(folder / "results/races").frames()
    assert frames.trials.race.all() and set(frames.measurements.name) == {"laps", "others", "now"}


def test_quick_cuts_it_to_a_glance(folder):
    seqbench("run", "races.yaml", "--set", "train=false", "--quick", cwd=folder, check=True)
    record = raced(folder)
    assert record["partial"] and record["architecture"]["settings"] == {"laps": 1}


def test_times_need_not_be_the_same_twice(folder):
    done = seqbench("run", "races.yaml", "--set", "train=false", "--twice", cwd=folder)
    assert done.returncode == 0 and "1 of 1 the same" in done.stderr


def test_its_code_and_that_of_its_runners_is_watched(folder):
    seqbench("run", "races.yaml", "--set", "train=false", cwd=folder, check=True)
    (folder / "sprint.py").write_text(PLUGIN + "\n# another text\n")
    done = seqbench("run", "races.yaml", "--set", "train=false", cwd=folder)
    assert "1 records were made by other code of slow, sprint" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["train=false", "measure=[]"], "something in `measure` must need no training"),
        (["train=false", "measure=[sprint, memory]"], "memory looks at trained models"),
        (["train=false", "measure=[sprint, accuracy]"], "accuracy looks at trained models"),
        (["train=true"], "train takes `key: value` pairs, not True"),
    ],
)
def test_a_slip_is_told(folder, words, told):
    sets = [part for word in words for part in ("--set", word)]
    done = seqbench("run", "races.yaml", *sets, cwd=folder)
    assert done.returncode == 2 and told in done.stderr and not (folder / "results").exists()


def test_a_plan_names_the_runners(folder):
    done = seqbench("plan", "races.yaml", "--set", "train=false", cwd=folder)
    assert "sprint(laps=3) of birnn, rnn(width=8), rnn(width=16), transformer, slow" in done.stdout
    assert json.loads(seqbench("schema", cwd=folder).stdout)["properties"]["train"]["anyOf"][1] == {
        "enum": [False]
    }
