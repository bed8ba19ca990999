"""One side of a comparison: the records of a folder, here or as a git revision has it."""

import io
import subprocess
import tempfile
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqbench.contract.errors import SeqbenchError
from seqbench.store import Store

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Side:
    """The trials of one side as it was named: the winning record of each, but for cut-short ones.

    Trivial answers and races stand here too; `cells` passes over what cannot be compared.
    """

    name: str
    records: tuple[Record, ...]

    def of(self, only: Mapping[str, Collection[str]]) -> "Side":
        """The trials of some `tasks` and `architectures` alone, by name.

        Raises SeqbenchError where there is none of them.
        """
        found = self.records
        for kind, names in only.items():
            found = tuple(one for one in found if one[kind.removesuffix("s")]["name"] in names)
        if not found:
            asked = ",".join(f"{kind}={','.join(sorted(names))}" for kind, names in only.items())
            raise SeqbenchError(f"{self.name}: no results of --only {asked}")
        return replace(self, records=found)


def opened(name: str) -> Side:
    """A results folder, or REVISION:FOLDER of the git repository here.

    Raises SeqbenchError where there is none, or nothing in it, or records of a newer seqbench.
    """
    folder = Path(name)
    if not folder.exists() and ":" in name:
        revision, _, path = name.partition(":")
        with tempfile.TemporaryDirectory() as room:
            return Side(name, read(checked_out(revision, path, Path(room)), name))
    return Side(name, read(folder, name))


def read(folder: Path, name: str) -> tuple[Record, ...]:
    """The records of a folder."""
    if not folder.is_dir():
        raise SeqbenchError(f"{name}: no such results folder, and no REVISION:FOLDER of git")
    store = Store(folder)
    found = tuple(record for record in store.records() if not record["partial"])
    if not found:
        lost = store.damaged()
        raise SeqbenchError(f"{name}: {lost[0] if lost else 'no results here'}")
    return found


def checked_out(revision: str, path: str, room: Path) -> Path:
    """A folder as a revision has it, in a room of its own."""
    if revision.startswith("-"):
        raise SeqbenchError(f"{revision}: no revision begins with a dash")
    words = ["git", "archive", "--format=zip", revision, "--", path]
    told = subprocess.run(words, capture_output=True)
    if told.returncode:
        why = told.stderr.decode(errors="replace").strip().splitlines()
        raise SeqbenchError(f"{revision}:{path}: git has no such folder ({' '.join(why[-1:])})")
    with zipfile.ZipFile(io.BytesIO(told.stdout)) as archive:  # which lays nothing outside, no link
        archive.extractall(room)
    return room / path
