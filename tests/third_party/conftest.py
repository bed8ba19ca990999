"""A fresh virtual environment that sees seqbench and what it needs, and nothing else new."""

import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest


class Environment:
    """Its commands, run in a folder of its own, with no package index at hand."""

    def __init__(self, folder):
        venv.create(folder / "venv", with_pip=False, symlinks=True)
        self.folder = folder
        self.python = folder / "venv/bin/python"
        packages = self("-c", "import site; print(site.getsitepackages()[0])").stdout.strip()
        lines = [f"import site; site.addsitedir({there!r})\n" for there in site.getsitepackages()]
        (Path(packages) / "seqbench_and_what_it_needs.pth").write_text("".join(lines))

    def __call__(self, *words):
        return subprocess.run(
            [self.python, *map(str, words)], cwd=self.folder, capture_output=True, text=True
        )

    def pip(self, *words):
        done = self("-m", "pip", "--disable-pip-version-check", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def install(self, project):
        """Build a wheel of a project and install it, all from what is here already."""
        wheels = self.folder / "wheels"
        here = ("--no-index", "--no-build-isolation")
        self.pip("wheel", *here, "--no-deps", "--wheel-dir", wheels, project)
        (wheel,) = wheels.glob("*.whl")
        self.pip("install", "--no-index", wheel)
        return wheel

    def seqbench(self, *words):
        start = "import sys; from seqbench.cli import main; sys.argv[0] = 'seqbench'; main()"
        return self("-W", "ignore", "-c", start, *words)


@pytest.fixture
def environment(tmp_path):
    if sys.platform == "win32":
        pytest.skip("the layout of environments is another one there")
    return Environment(tmp_path)
