"""`pytest tests/benchmarks` runs the benchmarks; a run of all tests passes them over."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # as for a script: they import each other


def asked_for(config: pytest.Config) -> bool:
    """Whether this folder, or a file in it, was named."""
    paths = [Path(arg.split("::")[0]).resolve() for arg in config.args]
    return any(path == HERE or HERE in path.parents for path in paths)


def pytest_configure(config: pytest.Config) -> None:
    """Undo the --benchmark-skip of the ordinary run, before pytest-benchmark reads it."""
    if asked_for(config):
        config.option.benchmark_skip = False


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Files of another name than tests have."""
    if file_path.match("bench_*.py") and asked_for(parent.config):
        return pytest.Module.from_parent(parent, path=file_path)
    return None
