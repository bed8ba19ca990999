"""What the LSTM's compiled functions leave in a folder, and who finds it there."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from seqbench_plugins.architectures import lstm

pytestmark = pytest.mark.slow  # each call is a process

SOURCE = Path(lstm.__file__).parent
NOBODY = 65534

# A quick one of the compiled functions, and one that is made of code in other files.
CALL = """
import json, sys, warnings
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    from seqbench_plugins.architectures.lstm import panels
import numpy as np
weight = np.arange(12, dtype=np.float32).reshape(4, 3)
shape = panels.forward_panels(weight).shape
stats = panels.forward_panels.stats
told = [str(it.message) for it in told if "compile" in str(it.message)]
hits, misses = sum(stats.cache_hits.values()), sum(stats.cache_misses.values())
print(json.dumps([shape[2], hits, misses, str(stats.cache_path), told]))
"""


class Install:
    """A copy of the package, without what it needs torch for."""

    def __init__(self, place):
        self.place = place
        self.lstm = place / "site" / "seqbench_plugins" / "architectures" / "lstm"
        self.home = place / "home"
        self.home.mkdir()
        self.lstm.mkdir(parents=True)
        for file in SOURCE.glob("*.py"):
            shutil.copy(file, self.lstm)
        for folder in (self.lstm, *list(self.lstm.parents)[:2]):
            (folder / "__init__.py").write_text("")

    def edit(self, name, old, new):
        code = (self.lstm / name).read_text()
        assert code.count(old) == 1
        (self.lstm / name).write_text(code.replace(old, new))

    def call(self, *before, **environment):
        """Width of a panel, what was found and what was not, where, and what was warned of."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "XDG_"))}
        paths = {"PYTHONPATH": str(self.place / "site"), "HOME": str(self.home)}
        done = subprocess.run(
            [*before, sys.executable, "-B", "-c", CALL],
            env={**kept, **paths, **environment},
            cwd=self.place,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        width, hits, misses, path, told = json.loads(done.stdout)
        return width, (hits, misses), Path(path) if path != "None" else None, told

    def forbid_writing(self):
        for folder in (self.place / "site").rglob("*"):
            folder.chmod(0o555 if folder.is_dir() else 0o444)


@pytest.fixture
def install():
    # Not in pytest's own folder, which other users cannot look into.
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Install(Path(place))


@pytest.fixture
def someone(install):
    """The words before a command that make it no superuser's; that one may write everywhere."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("there is no setpriv here, to be another user with")
    powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    nobody = [*powerless, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if subprocess.run([*nobody, sys.executable, "-c", "import numba"], check=False).returncode:
        return powerless  # still root, as no other may run this Python, but without its privileges
    os.chown(install.home, NOBODY, NOBODY)
    return nobody


def test_the_second_process_finds_what_the_first_left(install):
    assert install.call()[1:] == ((0, 1), install.lstm / "__pycache__", [])
    assert install.call()[1:] == ((1, 0), install.lstm / "__pycache__", [])


def test_a_folder_may_be_named(install):
    named = install.place / "named"
    for found in ((0, 1), (1, 0)):
        _, counts, path, _ = install.call(NUMBA_CACHE_DIR=str(named))
        assert counts == found
        assert named in path.parents
    assert not (install.lstm / "__pycache__").exists()


def test_where_one_may_not_write_the_users_own_folder_is_taken(install, someone):
    install.forbid_writing()
    for found in ((0, 1), (1, 0)):
        _, counts, path, told = install.call(*someone)
        assert counts == found
        assert install.home in path.parents
        assert told == []
    assert not (install.lstm / "__pycache__").exists()


def test_where_there_is_no_folder_it_compiles_and_says_so(install, someone):
    install.forbid_writing()
    width, counts, path, told = install.call(*someone, HOME=str(install.lstm))
    assert width > 0
    assert (counts, path) == ((0, 1), None)
    assert len(told) == 5  # one for each of the functions of that file
    assert "NUMBA_CACHE_DIR" in told[0]


def test_an_edit_of_any_file_is_seen(install):
    width = install.call()[0]
    whole, half = "count = Vector(array.dtype).lanes", "count = Vector(array.dtype).lanes // 2"
    install.edit("simd.py", whole, half)
    assert install.call()[:2] == (width // 2, (0, 1))
    install.edit("simd.py", half, whole)
    assert install.call()[:2] == (width, (1, 0))  # as it was, and still there
    (install.lstm / "another.py").write_text("")
    assert install.call()[:2] == (width, (0, 1))


def test_an_upgrade_of_the_compiler_is_seen(install):
    install.call()
    install.edit("cached.py", "{llvmlite.__version__}", "another")
    assert install.call()[1] == (0, 1)


def test_code_for_one_processor_is_not_run_by_another(install):
    if os.uname().machine != "x86_64":
        pytest.skip("these are names of x86-64 processors")
    wide = install.call()[0]
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    assert install.call(**plain)[:2] == (16, (0, 1))
    assert install.call(**plain)[:2] == (16, (1, 0))
    assert install.call()[:2] == (wide, (1, 0))


def test_no_file_keeps_what_it_compiles_in_another_way():
    for file in SOURCE.glob("*.py"):
        assert "(cache=True" not in file.read_text() or file.name == "cached.py"
