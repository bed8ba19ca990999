"""Suites in other people's test runs: a fixture and a marker for pytest.

    def test_it_learns(seqbench_run):
        frames = seqbench_run("suites/mine.yaml")
        assert (frames.trials.status == "ok").all()

    @pytest.mark.seqbench(suite="suites/mine.yaml", baseline="results/reference/mine")
    def test_nothing_got_worse(): ...

It does nothing without them, and imports no torch, numba or pandas before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from seqbench.contract.report import Frames

Suite = str | Path | Mapping[str, Any]
MARK = "seqbench(suite, baseline=None, margins=None, strict=False): run a suite first; with a "
MARK += "baseline, fail where anything got worse (seqbench compare)"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARK)


@pytest.fixture
def seqbench_run(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Frames]:
    """Run a suite, a file or a dict, in a temporary store, and give its frames.

    A dict's plugin files are sought beside the test. Keywords change the suite as --set does:
    `seqbench_run(suite, seeds=1)`. Raises SeqbenchError for a slip in it.
    """

    def run(suite: Suite, **overrides: Any) -> Frames:
        folder = carried_out(suite, tmp_path, request.path.parent, overrides)
        import seqbench

        return seqbench.load(folder)

    return run


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What the marker asks for, before the test itself."""
    mark = item.get_closest_marker("seqbench")
    if mark is None:
        return
    asked = dict(mark.kwargs)
    if (
        mark.args
        or "suite" not in asked
        or asked.keys()
        - {
            "suite",
            "baseline",
            "margins",
            "strict",
        }
    ):
        raise pytest.UsageError(f"{item.nodeid}: write @pytest.mark.{MARK.split(':')[0]}")
    room = item.config._tmp_path_factory.mktemp("seqbench")  # type: ignore[attr-defined]
    folder = carried_out(asked["suite"], room, item.path.parent, {})
    if asked.get("baseline") is not None:
        compare(item, folder, asked)


def compare(item: pytest.Item, folder: Path, asked: Mapping[str, Any]) -> None:
    """Fail where the results in a folder are worse than the baseline's."""
    from seqbench.compare import compared, opened
    from seqbench.compare.telling import headline, tables

    baseline = found(asked["baseline"], item.path.parent)
    told = compared(opened(str(baseline)), opened(str(folder)), asked.get("margins"))
    if told.code(asked.get("strict", False)):
        shown = "\n".join(table.markdown() for table in tables(told))
        pytest.fail(f"{headline(told)}\n\n{shown}", pytrace=False)


def carried_out(suite: Suite, room: Path, beside: Path, overrides: Mapping[str, Any]) -> Path:
    """Run a suite's trials into a folder below a room; the folder."""
    from seqbench.run import Run
    from seqbench.store import Store
    from seqbench.suite import open_suite, plan

    file = written(suite, room, beside) if isinstance(suite, Mapping) else found(suite, beside)
    changes = [f"{key}={json.dumps(value)}" for key, value in overrides.items()]
    asked, catalogue = open_suite(Path(file), changes, allow_plugins=True)
    executor = catalogue.make("executors", asked.executor.name, asked.executor.settings)
    folder = room / "results" / asked.name
    with Store(folder) as store:
        run = Run(catalogue, executor, asked.plugins)
        todo = run.todo(plan(asked, catalogue, only={}), store)
        for _ in run.results(todo, store, lambda progress: None):
            pass
    return folder


def written(suite: Mapping[str, Any], room: Path, beside: Path) -> Path:
    """A suite that was given as data, as a file; JSON is YAML."""
    plugins = [str((beside / plugin).resolve()) for plugin in suite.get("plugins", ())]
    file = room / "suite.yaml"
    text = json.dumps({"suite": "in_a_test", **suite, **({"plugins": plugins} if plugins else {})})
    file.write_text(text, encoding="utf-8")
    return file


def found(path: str | Path, beside: Path) -> Path | str:
    """A path from where pytest was started, or beside the test; else as it is, as git's may be."""
    for start in (Path(), beside):
        if (start / path).exists():
            return start / path
    return path
