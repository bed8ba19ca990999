"""Packages of strangers, really built and installed: listed, run, checked, blocked, removed."""

import shutil
from pathlib import Path

import pytest

from front_door import seqbench
from seqbench.store import Store

HERE = Path(__file__).parent
PROMISED = ["nearest_lag", "delayed", "slips"]
SUITE = """
suite: theirs
seeds: 2
sizes: {train: 64, valid: 32, test: 32}
tasks: [delayed: {delay: [1, 3]}]
architectures: [nearest_lag, majority]
executor: inline
"""


@pytest.mark.slow
def test_a_package_comes_works_and_goes(environment):
    project = shutil.copytree(HERE / "lookback", environment.folder / "project")
    (environment.folder / "theirs.yaml").write_text(SUITE)
    assert "no task is called 'delayed'" in environment.seqbench("plan", "theirs.yaml").stderr
    wheel = environment.install(project)
    assert wheel.name == "seqbench_lookback-3.2.1-py3-none-any.whl"

    told = environment.seqbench("list").stdout
    lines = [line for line in told.splitlines() if line.endswith("[seqbench-lookback 3.2.1]")]
    assert [line.split()[0] for line in lines] == ["nearest_lag", "delayed", "slips"]
    (line,) = plugin_lines(environment, "lookback")
    assert line.split()[:4] == ["lookback", "seqbench-lookback", "3.2.1", "lookback"]
    assert "loaded: 1 architecture, 1 task, 1 metric" in line
    assert f"[{environment.folder}/venv/lib" in line  # not from the tree of sources

    for name in PROMISED:
        done = environment.seqbench("check", name)
        assert done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout + done.stderr

    done = environment.seqbench("run", "theirs.yaml")
    assert done.returncode == 0, done.stderr
    frames = Store(environment.folder / "results/theirs").frames()
    test = frames.measurements.query("split == 'test' and architecture == 'nearest_lag'")
    assert list(test.value) == [0.0] * 4  # the lag is found, for both delays and seeds

    environment.pip("uninstall", "-y", "seqbench-lookback")
    assert plugin_lines(environment, "lookback") == []
    assert "no task is called 'delayed'" in environment.seqbench("plan", "theirs.yaml").stderr
    assert environment.seqbench("report", "results/theirs").returncode == 0  # records stay told


@pytest.mark.slow
def test_what_new_writes_is_built_installed_tested_and_blocked(environment):
    folder = environment.folder
    seqbench("new", "metric", "mine", "--package", cwd=folder, check=True)
    environment.install(folder / "mine")
    done = environment("-m", "pytest", "-q", "-p", "no:cacheprovider", folder / "mine/tests")
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout + done.stderr
    assert "mine" in environment.seqbench("list", "metrics").stdout
    environment.pip("uninstall", "-y", "mine")
    assert environment.seqbench("check", "mine").returncode == 2


def plugin_lines(environment, name):
    """Of `seqbench list --plugins`, those that begin with this name."""
    done = environment.seqbench("list", "--plugins")
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith(name)]
