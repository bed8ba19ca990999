"""Everything that is wrong with a suite, each with its place, told at once."""

from typing import NamedTuple, NoReturn

from seqbench.contract.errors import SeqbenchError

MOST = 100  # a file with more is no suite


class Place(NamedTuple):
    """Where something was written: a line and column of a file, from 1, or an override."""

    source: str
    line: int = 0  # 0 where the source has no lines
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


class Problems:
    """A list to add to, and to raise when all has been looked at."""

    def __init__(self) -> None:
        self.found: dict[tuple[Place, str], None] = {}  # as an ordered set

    def add(self, place: Place, message: str) -> None:
        """Remember one; raise at once where there are too many to read."""
        self.found[place, message] = None
        if len(self.found) >= MOST:
            self.stop(place, f"more than {MOST} problems; the rest was not looked at")

    def stop(self, place: Place, message: str) -> NoReturn:
        """Remember one that hides all that follows, and raise."""
        self.found[place, message] = None
        self.settle()
        raise AssertionError("unreachable: something was found")

    def settle(self) -> None:
        """Raise a SeqbenchError with a line for each, in the order of the text, if any."""
        if self.found:
            raise SeqbenchError("\n".join(f"{place}: {text}" for place, text in sorted(self.found)))
