"""Someone else's package, laid out as pip would, is as good as a bundled one."""

import importlib
import os
import subprocess
import sys

import pytest

from front_door import seqbench
from seqbench import CONTRACT, SeqbenchError
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


def test_of_two_of_one_name_neither_is_had_and_all_else_goes_on(install, monkeypatch):
    install("seqbench-my-double", {"__init__.py": TASK.format(name="associative_recall")})
    found = Catalogue.installed()
    assert "associative_recall" not in found.names("tasks") and "copy" in found.names("tasks")
    with pytest.raises(SeqbenchError) as caught:
        found.get("tasks", "associative_recall")
    told = str(caught.value)
    assert "two tasks are called 'associative_recall'" in told
    assert "seqbench-my-double 1.0 (seqbench_my_double)" in told
    assert "(seqbench_plugins.tasks.associative_recall)" in told
    monkeypatch.setenv("SEQBENCH_PLUGINS_BLOCK", "other, seqbench_my_double")
    found = Catalogue.installed()
    assert found.home("tasks", "associative_recall").startswith("seqbench 0")
    assert found.blocked == ["seqbench_my_double"] and found.idle == ["other"]


RIVALS = """
from dataclasses import dataclass

from seqbench import hookimpl
from seqbench_plugins.executors.inline import Inline
from seqbench_plugins.reports.latex import LatexReport


@dataclass(frozen=True)
class Process(Inline):
    name = "process"


@dataclass(frozen=True)
class Table(LatexReport):
    name = "table"


@hookimpl
def executors():
    return [Process]


@hookimpl
def reports():
    return [Table]
"""


def test_what_a_suite_takes_by_itself_is_not_left_out_where_two_claim_its_name(install, tmp_path):
    install("seqbench-my-rivals", {"__init__.py": RIVALS})
    (tmp_path / "s.yaml").write_text("suite: s\ntasks: [copy]\narchitectures: [rnn]\n")
    with pytest.raises(SeqbenchError) as caught:
        open_suite(tmp_path / "s.yaml")
    told = str(caught.value)
    assert "two executors are called 'process'" in told
    assert "two reports are called 'table'" in told
    (tmp_path / "s.yaml").write_text(
        "suite: s\ntasks: [copy]\narchitectures: [rnn]\nexecutor: inline\nreport: [latex]\n"
    )
    assert open_suite(tmp_path / "s.yaml")[0].name == "s"


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


OTHER = CONTRACT + 41
BAD = {
    "raises": ("\n1 / 0", "__init__.py:2: ZeroDivisionError: division by zero"),
    "newer": (
        f"SEQBENCH_CONTRACT = {OTHER}\nfrom seqbench import what_will_be",
        f"built for contract {OTHER}, and this seqbench has contract {CONTRACT}: needs a newer"
        " seqbench",
    ),
    "older": (
        MODEL + f"SEQBENCH_CONTRACT = {CONTRACT} - 1",
        f"built for contract {CONTRACT - 1}, and this seqbench has contract {CONTRACT}: needs a"
        " newer version of the plugin",
    ),
    "text": (MODEL + "SEQBENCH_CONTRACT = '1'", "SEQBENCH_CONTRACT is '1'; it takes an int"),
    "twins": (
        MODEL.replace("[Oracle]", "[Oracle, dataclass(frozen=True)(type('B', (Oracle,), {}))]"),
        "architectures() offers two things called 'oracle'; rename one",
    ),
    "thing": (MODEL.replace("[Oracle]", "[Oracle()]"), "which is no subclass of Architecture"),
    "array": (MODEL.replace("float = 1.0", "np.ndarray = None"), "Oracle.sharp is a ndarray"),
    "calls": (
        "from collections.abc import Callable\n" + MODEL.replace("float = 1.0", "Callable = abs"),
        "Oracle.sharp is a Callable, which no JSON can hold",
    ),
    "default": (MODEL.replace("= 1.0", "= np.tanh"), "Oracle.sharp has the default <ufunc 'tanh'>"),
    "endless": (MODEL.replace("= 1.0", "= np.inf"), "Oracle.sharp has the default inf"),
}


def test_every_bad_one_is_named_with_its_package_and_reason_and_all_else_goes_on(install, tmp_path):
    for slip, (text, _) in BAD.items():
        site = install(f"seqbench-my-{slip}", {"__init__.py": text})
    install("seqbench-my-good", PACKAGE)
    env = os.environ | {"PYTHONPATH": str(site)}
    listed = seqbench("list", "--plugins", cwd=tmp_path, env=env)
    plain = seqbench("list", "architectures", cwd=tmp_path, env=env)
    doctor = seqbench("doctor", cwd=tmp_path, env=env)
    assert [listed.returncode, plain.returncode, doctor.returncode] == [0, 0, 0]
    for slip, (_, reason) in BAD.items():
        for told in (listed.stdout, plain.stderr, doctor.stdout):
            (line,) = [one for one in told.splitlines() if f"seqbench_my_{slip}:" in one]
            assert f"seqbench_my_{slip}: " in line and f"seqbench-my-{slip} 1.0: " in line
            assert reason in line, line
        line = next(one for one in listed.stdout.splitlines() if f"seqbench_my_{slip} " in one)
        assert line.split()[1:3] == [f"seqbench-my-{slip}", "1.0"] and "not loaded" in line
    assert "lstm " in plain.stdout
    (line,) = [one for one in plain.stdout.splitlines() if one.startswith("oracle ")]
    assert line.endswith("[seqbench-my-good 1.0]")
    (tmp_path / "s.yaml").write_text(SUITE)
    assert seqbench("plan", "s.yaml", cwd=tmp_path, env=env).returncode == 0


@pytest.mark.parametrize(
    "word", ["seqbench_my_good", "Seqbench.My-Good", "seqbench_my_good.models"]
)
def test_a_plugin_a_package_or_a_module_is_blocked_and_that_is_said(install, tmp_path, word):
    site = install("seqbench-my-good", PACKAGE)
    env = os.environ | {"PYTHONPATH": str(site), "SEQBENCH_PLUGINS_BLOCK": f"{word}, slip"}
    plain = seqbench("list", cwd=tmp_path, env=env)
    assert "\n  oracle " not in plain.stdout and "lstm" in plain.stdout
    assert ("\n  echo " in plain.stdout) == word.endswith("models")  # its other parts stay
    assert "blocked by SEQBENCH_PLUGINS_BLOCK: seqbench_my_good" in plain.stderr
    for command in (("list", "--plugins"), ("doctor",)):
        told = seqbench(*command, cwd=tmp_path, env=env).stdout
        assert any("seqbench_my_good" in x and "BLOCK" in x for x in told.splitlines()), told
        assert "SEQBENCH_PLUGINS_BLOCK names 'slip', and no plugin is called that" in told


def test_a_file_of_a_suite_says_its_contract_too(tmp_path):
    (tmp_path / "models.py").write_text(MODEL + f"SEQBENCH_CONTRACT = {OTHER}\n")
    (tmp_path / "s.yaml").write_text(
        "suite: s\nplugins: [models.py]\ntasks: [copy]\narchitectures: [oracle]\n"
    )
    done = seqbench("plan", "s.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert f"built for contract {OTHER}, and this seqbench has contract {CONTRACT}" in done.stderr
