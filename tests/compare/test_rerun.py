"""Times measured side by side: who is slower is found, and equal code is left in peace."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from front_door import seqbench
from seqbench import SeqbenchError
from seqbench.compare.rerun.place import place
from seqbench.compare.rerun.race import Timed, side
from seqbench.kits.statistics import Estimate

PLUGIN = '''
"""An architecture that takes as long as it is told."""
import time
from dataclasses import dataclass

import numpy as np
from seqbench import Architecture, Model, Signature, Split, Task, Tokens, hookimpl

BUSY = {busy}  # seconds of CPU a batch


@dataclass(frozen=True)
class Echo(Task):
    """Say what you hear."""
    name = "echo"
    metrics = ("accuracy",)

    def signature(self):
        return Signature(Tokens(3), Tokens(3), 4)

    def sample(self, n, rng):
        x = rng.integers(0, 3, (n, 4))
        return Split(x, x, np.ones(x.shape, bool))


@dataclass(frozen=True)
class Worker(Architecture):
    """Works."""
    name = "worker"

    def fit(self, lesson):
        for _ in lesson.batches(32):
            end = time.process_time() + BUSY
            while time.process_time() < end:
                pass
        return Model(lambda x, lengths: np.eye(3)[x], 9)


@hookimpl
def tasks():
    return [Echo]


@hookimpl
def architectures():
    return [Worker]
'''
SUITE = """
suite: timed
plugins: [worker.py]
seeds: 2
sizes: {train: 64, valid: 32, test: 32}
train: {examples: 640}
tasks: [echo]
architectures: [worker]
"""


@pytest.fixture
def suite(tmp_path):
    (tmp_path / "worker.py").write_text(PLUGIN.replace("{busy}", "0.004"))
    (tmp_path / "timed.yaml").write_text(SUITE)
    return tmp_path / "timed.yaml"


def other(suite, text):
    """Another version of the plugin file."""
    file = suite.parent / "other" / "worker.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def test_slower_code_is_found_and_told_as_data(suite, tmp_path):
    slower = other(suite, PLUGIN.replace("{busy}", "0.006"))
    out = tmp_path / "told.json"
    words = ("compare", "here", slower, "--rerun", suite, "--write", f"json={out}")
    told = seqbench(*words, cwd=tmp_path)
    assert told.returncode == 1, told.stderr
    assert "1 regression" in told.stdout
    [cell] = json.loads(out.read_text())["cells"]
    ratios = np.concatenate([heat["current"] for heat in cell["heats"]])
    assert np.median(ratios) == pytest.approx(np.log(1.5), abs=0.1)
    assert len(cell["heats"]) >= 2  # an alarm is measured again, in new processes


def test_equal_code_does_not_alarm(suite, tmp_path):
    told = seqbench("compare", "here", "here", "--rerun", suite, "--heats", 1, cwd=tmp_path)
    assert told.returncode in (0, 5), told.stderr  # 5: the control itself alarmed
    assert "regression" not in told.stdout.splitlines()[-1]


def test_a_plugin_that_fails_is_told(suite, tmp_path):
    broken = other(suite, PLUGIN.replace("{busy}", "1 / 0"))
    told = seqbench("compare", "here", broken, "--rerun", suite, cwd=tmp_path)
    assert told.returncode == 2
    assert "worker.py" in told.stderr
    fails = other(suite, PLUGIN.replace("{busy}", "None"))
    told = seqbench("compare", "here", fails, "--rerun", suite, cwd=tmp_path)
    assert told.returncode == 3
    assert "TypeError" in told.stdout


def test_sides_that_plan_otherwise_are_refused(suite, tmp_path):
    text = PLUGIN.replace("{busy}", "0.001").replace('name = "echo"', 'name = "eko"')
    told = seqbench("compare", "here", other(suite, text), "--rerun", suite, cwd=tmp_path)
    assert told.returncode == 2


def test_a_side_is_one_of_four_things(suite, tmp_path):
    with pytest.raises(SeqbenchError, match="a side is here, git:REVISION"):
        place("nowhere", suite, tmp_path / "room")
    with pytest.raises(SeqbenchError, match="no revision begins with a dash"):
        place("git:--upload-pack=x", suite, tmp_path / "room")
    stranger = tmp_path / "stranger.py"
    stranger.write_text("")
    with pytest.raises(SeqbenchError, match=r"it names worker\.py"):
        place(str(stranger), suite, tmp_path / "room")
    assert place(sys.executable, suite, tmp_path / "room").python == Path(sys.executable)


def test_a_revision_that_git_does_not_have_is_said(suite, tmp_path, monkeypatch):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SeqbenchError, match="git:nothing"):
        place("git:nothing", suite, tmp_path / "room")


def heat(current, control=0.0, spread=0.005, rounds=8, seed=0):
    """Log ratios of a heat."""
    rng = np.random.default_rng(seed)
    made = {"current": (current, spread), "control": (control, 0.005), "wall": (current, spread)}
    return {name: list(rng.normal(*it, rounds)) for name, it in made.items()}


@pytest.mark.parametrize(
    ("heats", "asked", "verdict"),
    [
        ([heat(0.15), heat(0.15, seed=1)], True, "regression"),
        ([heat(0.15)], False, "inconclusive"),  # nobody has looked again yet
        ([heat(0.15), heat(0.0, seed=1)], True, "inconclusive"),  # it did not come back
        ([heat(-0.15), heat(-0.15, seed=1)], True, "improvement"),
        ([heat(0.0)], False, "ok"),
        ([heat(0.0, spread=0.2)], False, "inconclusive"),
        ([heat(0.15, control=0.15)], True, "void"),  # the machine does that by itself
    ],
)
def test_a_verdict_needs_an_interval_a_second_look_and_a_quiet_control(heats, asked, verdict):
    assert Timed("t", "a", heats, asked=asked).verdict(0.03) == verdict


def test_an_interval_beside_a_margin():
    assert side(Estimate(0.05, 0.04, 0.06), 0.03) == "regression"
    assert side(Estimate(0.05, 0.02, 0.06), 0.03) == "inconclusive"
    assert side(Estimate(0.0, -0.01, 0.01), 0.03) == "ok"


@pytest.mark.slow
def test_a_revision_of_git_is_installed_and_measured(suite, tmp_path):
    """The repository's own last commit, in a folder of its own."""
    root = Path(__file__).parents[2]
    words = ("compare", "git:HEAD", "here", "--rerun", suite, "--heats", 1)
    began = time.monotonic()
    told = seqbench(*words, cwd=root)
    assert told.returncode in (0, 1, 5), told.stderr
    assert time.monotonic() - began < 600
    left = subprocess.run(["git", "worktree", "list"], cwd=root, capture_output=True, text=True)
    assert "/tree" not in left.stdout
