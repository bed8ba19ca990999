"""Someone else's package, laid out as pip would, is as good as a bundled one."""

import importlib
import os
import subprocess
import sys

import pytest

from seqbench import SeqbenchError
from seqbench.catalogue import Catalogue
from seqbench.suite import open_suite, plan, schema

TASK = '''
"""Echoes, from a package of its own."""

from dataclasses import dataclass

import numpy as np

from seqbench import Signature, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class Echo(Task):
    """Say it again."""

    name = "{name}"
    metrics = ("share",)
    length: int = 4  # tokens

    def signature(self):
        return Signature(Tokens(3), Tokens(3), self.length)

    def sample(self, n, rng):
        x = rng.integers(0, 3, (n, self.length))
        return Split(x, x, np.ones(x.shape, bool))


@hookimpl
def tasks():
    return [Echo]
'''

MODEL = '''
"""An architecture without torch."""

from dataclasses import dataclass

import numpy as np

from seqbench import Architecture, Model, hookimpl


@dataclass(frozen=True)
class Oracle(Architecture):
    """Gives back what it is given."""

    name = "oracle"
    sharp: float = 1.0

    def fit(self, lesson):
        vocab = lesson.io.outputs.channels
        return Model(lambda x, lengths=None: self.sharp * np.eye(vocab)[x], 0)


@hookimpl
def architectures():
    return [Oracle]
'''

METRIC = '''
"""A metric of its own."""

from seqbench import Metric, hookimpl


def share(split, outputs):
    return float((outputs.argmax(-1) == split.targets)[split.mask].mean())


@hookimpl
def metrics():
    return [Metric("share", "higher", share)]
'''

PACKAGE = {
    "__init__.py": "",
    "tasks/__init__.py": "",
    "tasks/echo.py": TASK.format(name="echo"),
    "models/__init__.py": MODEL,
    "models/kernels.py": "raise RuntimeError('a part of the plugin, not a plugin')",
    "share.py": METRIC,
}


@pytest.fixture
def install(tmp_path, monkeypatch):
    """`install(name, files)`: a distribution `name 1.0` with a package of that name."""

    def install(name, files):
        package = name.replace("-", "_")
        for path, text in files.items():
            file = tmp_path / "site" / package / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        info = tmp_path / "site" / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[seqbench]\n{package} = {package}\n")
        importlib.invalidate_caches()
        return tmp_path / "site"

    monkeypatch.syspath_prepend(tmp_path / "site")
    yield install
    for module in list(sys.modules):
        if module.startswith("seqbench_my"):
            del sys.modules[module]


SUITE = """
suite: mine
seeds: 1
tasks: [echo: {length: [4, 8]}, associative_recall]
architectures: [oracle: {sharp: 2}]
measure: [accuracy, share]
executor: inline
"""


def test_it_stands_beside_the_bundled_ones(install, tmp_path):
    install("seqbench-my", PACKAGE)
    (tmp_path / "s.yaml").write_text(SUITE)
    suite, catalogue = open_suite(tmp_path / "s.yaml")
    assert not [plugin for plugin in catalogue.broken if plugin.startswith("seqbench_my")]
    assert catalogue.home("tasks", "echo") == "seqbench-my 1.0"
    assert catalogue.home("architectures", "oracle") == "seqbench-my 1.0"
    assert catalogue.home("tasks", "associative_recall").startswith("seqbench 0")
    trials = [trial for trial in plan(suite, catalogue) if not trial.baseline]
    assert [str(trial.task) for trial in trials[:2]] == ["echo(length=4)", "echo(length=8)"]
    assert trials[2].task.name == "associative_recall"
    assert {str(trial.architecture) for trial in trials} == {"oracle(sharp=2.0)"}
    assert trials[0].metrics == ("share", "accuracy")
    described = schema(catalogue)["properties"]["tasks"]["items"]["anyOf"]
    assert "echo" in described[0]["enum"]


def test_what_it_made_of_a_record_is_what_was_planned(install, tmp_path):
    """A trial's settings, as plain JSON, make the same thing again in another process."""
    site = install("seqbench-my", PACKAGE)
    (tmp_path / "s.yaml").write_text(SUITE)
    suite, catalogue = open_suite(tmp_path / "s.yaml")
    ids = [trial.id for trial in plan(suite, catalogue)]
    code = f"""
from pathlib import Path
from seqbench.suite import open_suite, plan
suite, catalogue = open_suite(Path({str(tmp_path / "s.yaml")!r}))
for trial in plan(suite, catalogue):
    made = catalogue.make("tasks", trial.task.name, trial.task.settings)
    assert made.name == trial.task.name
    print(trial.id)
"""
    env = os.environ | {"PYTHONPATH": str(site), "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ids


def test_two_of_one_name_are_refused_with_both_homes(install, monkeypatch):
    install("seqbench-my-double", {"__init__.py": TASK.format(name="associative_recall")})
    with pytest.raises(SeqbenchError) as caught:
        Catalogue.installed()
    told = str(caught.value)
    assert "two tasks are called 'associative_recall'" in told
    assert "seqbench-my-double 1.0 (seqbench_my_double)" in told
    assert "(seqbench_plugins.tasks.associative_recall)" in told
    monkeypatch.setenv("SEQBENCH_PLUGINS_BLOCK", "other, seqbench_my_double")
    assert Catalogue.installed().home("tasks", "associative_recall").startswith("seqbench 0")


def test_a_broken_one_is_named_when_its_thing_is_missed(install, tmp_path):
    install("seqbench-my-rusty", {"__init__.py": "\nimport no_such_library"})
    (tmp_path / "s.yaml").write_text("suite: s\ntasks: [rusty]\narchitectures: [rusty]\n")
    with pytest.raises(SeqbenchError) as caught:
        open_suite(tmp_path / "s.yaml")
    lines = str(caught.value).splitlines()
    assert ["s.yaml:2:9: no task" in lines[0], "s.yaml:3:17: no arch" in lines[1]] == [True] * 2
    for line in lines:
        assert "plugin seqbench_my_rusty could not be loaded: seqbench-my-rusty 1.0: " in line
        assert "__init__.py:2: ModuleNotFoundError: No module named 'no_such_library'" in line


def test_the_ladder_from_a_file_to_a_package_changes_no_id(install, tmp_path):
    """First named in the suite, then installed: the same question, the same id."""
    (tmp_path / "models.py").write_text(MODEL)
    text = "suite: s\ntasks: [associative_recall]\narchitectures: [oracle]\nseeds: 1\n"
    (tmp_path / "file.yaml").write_text(text + "plugins: [models.py]\n")
    as_file = plan(*open_suite(tmp_path / "file.yaml"))
    install("seqbench-my", {**PACKAGE, "models/__init__.py": MODEL})
    (tmp_path / "package.yaml").write_text(text)
    as_package = plan(*open_suite(tmp_path / "package.yaml"))
    assert [trial.id for trial in as_file] == [trial.id for trial in as_package]
