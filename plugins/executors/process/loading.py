"""What trials need, imported once; and forgotten again where its files have changed since."""

import importlib
import pkgutil
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

BUNDLED = "seqbench_plugins"
RUNNING = f"{BUNDLED}.executors"  # the code that is at work itself


class Loaded:
    """Imports modules by name; `package.*` stands for all modules of a package."""

    def __init__(self, names: Sequence[str]) -> None:
        for name in names:
            for one in inside(name.removesuffix(".*")) if name.endswith(".*") else (name,):
                load(one)
        self.stamps = {module: stamp(module) for module in bundled()}

    def forget_changed(self) -> None:
        """Where a bundled plugin was edited, let the next import read them all anew.

        So a trial runs, and records the fingerprint of, the code that stands there as it starts.
        """
        if any(stamp(module) != before for module, before in self.stamps.items()):
            for module in self.stamps:
                sys.modules.pop(module, None)
            importlib.invalidate_caches()


def load(name: str) -> None:
    """Import a module; where that fails, a trial that needs it will say so."""
    try:
        importlib.import_module(name)
    except Exception:
        traceback.print_exc()


def inside(package: str) -> Iterator[str]:
    """The names of a package and of all modules in it."""
    yield package
    load(package)
    for child in pkgutil.iter_modules(getattr(sys.modules.get(package), "__path__", ())):
        yield from inside(f"{package}.{child.name}")


def bundled() -> list[str]:
    """Bundled plugins that are imported, but for the executors."""
    return [
        name
        for name in sys.modules
        if name.startswith(f"{BUNDLED}.") and not name.startswith(RUNNING)
    ]


def stamp(module: str) -> tuple[int, int] | None:
    """When a module's file was last written, and its size."""
    file = getattr(sys.modules.get(module), "__file__", None)
    try:
        found = Path(file or "").stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
