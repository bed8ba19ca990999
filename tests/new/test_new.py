"""What `seqbench new` writes works as it is: checked, run in a suite, installed."""

import os
import subprocess
import sys

import pytest

from front_door import seqbench
from seqbench.new import KINDS
from seqbench.store import Store

SUITE = """
suite: first
seeds: 1
plugins: [{plugins}]
train: {{examples: 64, batch: 8, evaluations: 1}}
sizes: {{train: 64, valid: 16, test: 16}}
executor: inline
tasks: [{task}]
architectures: [{architecture}]
measure: [{measure}]
report: [{report}]
"""


def test_all_five_work_together_as_they_are(tmp_path):
    for kind in KINDS:
        done = seqbench("new", kind, f"my_{kind}", cwd=tmp_path)
        assert done.returncode == 0 and f"wrote my_{kind}.py" in done.stdout, done.stderr
    text = SUITE.format(
        plugins=", ".join(f"my_{kind}.py" for kind in KINDS),
        task="my_task, pixel_digits",
        architecture="my_architecture: {layers: 2}",
        measure="my_metric, my_probe: {noise: 0.5}",
        report="my_report",
    )
    (tmp_path / "first.yaml").write_text(text)
    done = seqbench("run", "first.yaml", cwd=tmp_path, timeout=200)
    assert done.returncode == 0, done.stderr
    assert "my_architecture" in done.stdout and "my_metric" in done.stdout
    numbers = Store(tmp_path / "results/first").frames().measurements
    assert set(numbers[numbers.name == "my_probe"].task) == {"pixel_digits"}  # the other has tokens


@pytest.mark.parametrize("kind", KINDS)
def test_it_keeps_every_promise(tmp_path, kind):
    seqbench("new", kind, "mine", cwd=tmp_path, check=True)
    done = seqbench("check", "mine.py", cwd=tmp_path, timeout=200)
    assert done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout


def test_it_is_clean_and_short(tmp_path):
    for kind in KINDS:
        seqbench("new", kind, f"my_{kind}", cwd=tmp_path, check=True)
        assert len((tmp_path / f"my_{kind}.py").read_text().splitlines()) <= 50
    for words in (
        ("check", "--select", "E,F,B,UP"),
        ("format", "--check"),
    ):
        told = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--isolated", "--line-length", "100", "."],
            cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
        assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_is_one_that_pip_takes(tmp_path, kind):
    done = seqbench("new", kind, "mine", "--package", cwd=tmp_path)
    assert done.returncode == 0 and "pip install -e 'mine[test]'" in done.stdout
    import tomllib

    project = tomllib.loads((tmp_path / "mine/pyproject.toml").read_text())
    assert project["project"]["entry-points"]["seqbench"] == {"mine": "mine"}
    assert project["tool"]["setuptools"]["py-modules"] == ["mine"]
    # What pip would write of it, so that its own test can run without installing anything.
    info = tmp_path / "mine/mine-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[seqbench]\nmine = mine\n")
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path / "mine",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "mine")},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0 and " passed" in told.stdout, told.stdout + told.stderr
    assert "[mine-settings_are_frozen]" in told.stdout or kind == "metric"


@pytest.mark.parametrize("name", ["My", "1st", "a-b", "class", "", "a" * 60, "../up"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    done = seqbench("new", "task", name, cwd=tmp_path)
    assert done.returncode == 2 and "names no plugin" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine.py").write_text("years of work")
    done = seqbench("new", "task", "mine", cwd=tmp_path)
    assert done.returncode == 2 and "mine.py exists already; nothing was written" in done.stderr
    assert (tmp_path / "mine.py").read_text() == "years of work"
