"""Which plugins are to be left out."""

import os
import re

BLOCK = "SEQBENCH_PLUGINS_BLOCK"  # entry points, packages or modules, with commas between


class Block:
    """The names of the environment variable, and which of them met a plugin."""

    def __init__(self) -> None:
        written = (name.strip() for name in os.environ.get(BLOCK, "").split(","))
        self._names = {normal(name): name for name in written if name}
        self._met: set[str] = set()

    def stops(self, *names: str) -> bool:
        """Is a plugin that goes by these names to be left out?"""
        met = self._names.keys() & set(map(normal, names))
        self._met |= met
        return bool(met)

    def idle(self) -> list[str]:
        """The names that no plugin goes by: slips, perhaps."""
        return [name for key, name in self._names.items() if key not in self._met]


def normal(name: str) -> str:
    """Case and signs do not count, as in the names of packages: My.Plugin is my-plugin."""
    return re.sub(r"[-_.]+", "-", name).lower()
