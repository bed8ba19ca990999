"""The tables of scores in LaTeX."""

from dataclasses import dataclass

from seqbench import Frames, Report, hookimpl
from seqbench_plugins.reports.table import TableReport


@dataclass(frozen=True)
class LatexReport(TableReport):
    """The same tables for a paper, with the package booktabs."""

    name = "latex"
    suffix = ".tex"

    def render(self, frames: Frames) -> str:
        """All of them in LaTeX."""
        return "\n".join(table.latex() for table in self.tables(frames))

    def show(self, frames: Frames, width: int) -> None:  # type: ignore[override]
        """A terminal gets the path alone."""


@hookimpl
def reports() -> list[type[Report]]:
    return [LatexReport]
