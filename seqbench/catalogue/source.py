"""Where plugins come from."""

from typing import NamedTuple


class Source(NamedTuple):
    """An entry point: its name, the module it names, and the distribution and version it is of."""

    name: str
    module: str
    home: str

    def covers(self, plugin: str) -> bool:
        """Is this module the one it names, or inside of it?"""
        return f"{plugin}.".startswith(f"{self.module}.")
