"""A pickled architecture in a process started afresh, as executors start them."""

import importlib
import importlib.util
import inspect
import pickle
import subprocess
import sys
from types import ModuleType
from typing import Any

import numpy as np

from seqbench.contract.architecture import Architecture
from seqbench.contract.data import Split
from seqbench.contract.errors import Missing
from seqbench.contract.signature import Signature

PATIENCE = 300  # seconds


def answers_elsewhere(
    architecture: Architecture, io: Signature, network: Any, split: Split
) -> dict[str, np.ndarray]:
    """What it answers when fitted there and, of a torch network, when sent there as it is.

    Raises whatever pickle does, and AssertionError with the last line of what went wrong there.
    """
    homes = {cls.__module__: inspect.getsourcefile(cls) for cls in type(architecture).__mro__[:-1]}
    if "__main__" in homes:
        raise Missing("it is defined in the program that was started, which no other can import")
    thing = pickle.dumps((architecture, network if hasattr(network, "state_dict") else None))
    letter = pickle.dumps((sys.path, [*homes.items()], thing, io, split))
    command = [sys.executable, "-W", "ignore", "-m", "seqbench.testing.spawned"]
    done = subprocess.run(command, input=letter, capture_output=True, timeout=PATIENCE)
    lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it died"]
    assert done.returncode == 0, f"in a spawned process: {lines[-1]}"
    told: dict[str, np.ndarray] = pickle.loads(done.stdout)
    return told


def importable(name: str, file: str | None) -> None:
    """Make a module known by its name: import it or, where no path leads there, run its file."""
    try:
        importlib.import_module(name)
    except ImportError:
        if file is None:
            raise
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise
        top = name.partition(".")[0]
        sys.modules.setdefault(top, ModuleType(top))  # which pickle imports too
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


def main() -> None:
    """Read the letter from stdin, answer on stdout; whatever a plugin prints goes elsewhere."""
    from seqbench.testing.tiny import fitted

    out, sys.stdout = sys.stdout.buffer, sys.stderr
    path, homes, thing, io, split = pickle.load(sys.stdin.buffer)
    sys.path[:] = path
    for name, file in reversed(homes):
        importable(name, file)
    architecture, network = pickle.loads(thing)
    told = {"fitted": fitted(architecture, io)[0].predict(split.inputs, split.lengths)}
    if network is not None:
        from seqbench.kits.torch import predictor

        told["unpickled"] = predictor(network)(split.inputs, split.lengths)
    out.write(pickle.dumps(told))


if __name__ == "__main__":
    main()
