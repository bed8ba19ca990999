"""Imports only go down, and the command line starts without the heavy packages."""

import subprocess
import sys
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]


def test_imports_only_go_down(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from seqbench.cli import shell\n"
        "assert CliRunner().invoke(shell, ['--help']).exit_code == 0\n"
        "assert CliRunner().invoke(shell, ['--version']).exit_code == 0\n"
        "print(*{'torch', 'numba', 'pandas', 'scipy', 'pydantic', 'rich'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
