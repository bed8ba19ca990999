"""The pytest plugin, in test runs of its own."""

import subprocess
import sys

import pytest
from compare.sides import laid, result

from front_door import lay

TEST = """
import pytest

SUITE = {
    "plugins": ["birds.py"],
    "seeds": 2,
    "sizes": {"train": 20, "valid": 10, "test": 30},
    "tasks": ["echo"],
    "architectures": [{"parrot": {"slip": 0.0}}],
    "executor": "inline",
}


def test_a_file(seqbench_run):
    frames = seqbench_run("birds.yaml", seeds=1)
    assert set(frames.trials.seed) == {0}
    assert (frames.trials.status == "ok").all()


def test_a_dict(seqbench_run):
    test = seqbench_run(SUITE).measurements.query("split == 'test' and architecture == 'parrot'")
    assert (test[test.name == "accuracy"].value == 1).all()


@pytest.mark.seqbench(suite=SUITE, baseline="kept")
def test_the_gate():
    pass


@pytest.mark.seqbench(suit=SUITE)
def test_a_slip():
    pass
"""


def pytest_in(folder, *words):
    """A run of pytest in a folder of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path):
    lay(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    (tmp_path / "test_mine.py").write_text(TEST)
    told = pytest_in(tmp_path, "-k", "a_file or a_dict")
    assert "2 passed" in told.stdout, told.stdout
    return tmp_path


def baseline(folder, better):
    """Results as if the same suite had been run before, by something better or the same."""
    from dataclasses import replace

    from seqbench import Sizes
    from seqbench.suite import open_suite, plan

    suite = folder / "birds.yaml"
    words = ["sizes.train=20", "tasks=[echo]", 'architectures=[{"parrot": {"slip": 0.0}}]']
    asked, catalogue = open_suite(suite, words, allow_plugins=True)
    trials = [t for t in plan(asked, catalogue, only={}) if not t.baseline]
    made = [replace(result(1.0 + better, t.seed), trial=t, costs={}) for t in trials]
    assert all(t.sizes == Sizes(20, 10, 30) for t in trials)
    return laid(folder / "kept", *made)


def test_several_at_once_with_xdist_and_beside_pytest_benchmark(folder):
    """Each in a store of its own; nothing is shared between workers."""
    (folder / "test_timed.py").write_text(
        "def test_it(benchmark, seqbench_run):\n"
        "    frames = benchmark(lambda: seqbench_run('birds.yaml', seeds=1))\n"
        "    assert (frames.trials.status == 'ok').all()\n"
    )
    told = pytest_in(folder, "-n", "2", "-k", "a_file or a_dict", "-vv")
    assert "2 passed" in told.stdout, told.stdout
    assert {"[gw0]", "[gw1]"} <= set(told.stdout.split())
    told = pytest_in(folder, "test_timed.py", "--benchmark-max-time=0.1")
    assert "1 passed" in told.stdout, told.stdout


def test_a_baseline_that_was_as_good_passes(folder):
    baseline(folder, 0.0)
    told = pytest_in(folder, "-k", "gate")
    assert "1 passed" in told.stdout, told.stdout


def test_a_baseline_that_was_better_fails_with_the_verdict(folder):
    baseline(folder, 0.5)
    told = pytest_in(folder, "-k", "gate")
    assert told.returncode == 1
    assert "regression: 1 of 1 cells compared" in told.stdout


def test_a_slip_in_the_marker_is_told(folder):
    told = pytest_in(folder, "-k", "slip")
    assert told.returncode != 0
    assert "write @pytest.mark.seqbench(suite, baseline=None" in told.stdout + told.stderr


def test_it_costs_nothing_where_it_is_not_asked_for(tmp_path):
    (tmp_path / "test_other.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    heavy = {'torch', 'numba', 'pandas', 'seqbench.suite'}\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    told = pytest_in(tmp_path)
    assert "1 passed" in told.stdout, told.stdout
    (tmp_path / "test_twice.py").write_text("def test_it(benchmark):\n    benchmark(len, ())\n")
    assert "2 passed" in pytest_in(tmp_path).stdout
