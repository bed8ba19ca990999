"""What the warm server has imported is what stands in the files when a trial starts."""

import shutil
import subprocess
import sys
from pathlib import Path

import seqbench_plugins

EDITED = """
import sys
from pathlib import Path
from seqbench_plugins.executors.process.loading import Loaded

assert str(Path(sys.modules["seqbench_plugins"].__file__).parent) == sys.argv[1]
loaded = Loaded(("no_such_module", "seqbench_plugins.*"))
before = sys.modules["seqbench_plugins.metrics.accuracy"]
loaded.forget_changed()
assert sys.modules["seqbench_plugins.metrics.accuracy"] is before
with Path(before.__file__).open("a") as file:
    file.write("EDITED = 1\\n")
loaded.forget_changed()
from seqbench_plugins.metrics import accuracy
assert accuracy.EDITED == 1 and accuracy is not before
assert "seqbench_plugins.executors.process.loading" in sys.modules
"""


def test_an_edited_plugin_is_read_anew(tmp_path):
    copy = tmp_path / "seqbench_plugins"
    home = Path(seqbench_plugins.__file__).parent
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", EDITED, str(copy)],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "no_such_module" in done.stderr  # said, and no more than that
