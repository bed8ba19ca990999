"""Two results folders joined into one."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqbench.contract.trial import canonical
from seqbench.store.head import flaw, head_of, whole
from seqbench.store.index import lines_of, record_files
from seqbench.store.journal import flush_folder, new_file, writing
from seqbench.store.line import SEAL


@dataclass(frozen=True)
class Conflict:
    """Two successes of one trial with different numbers: something decided that is not in its id.

    Different machines do this in the last digits; who reads it must judge.
    """

    id: str
    trial: str  # for people
    measurement: str
    values: tuple[float, float]

    def __str__(self) -> str:
        return (
            f"{self.id} ({self.trial}): {self.measurement} is {self.values[0]} and {self.values[1]}"
        )


@dataclass(frozen=True)
class Merged:
    """What came of a merge."""

    added: int  # records
    damaged: int  # lines left behind
    conflicts: tuple[Conflict, ...]


def merge(first: Path, second: Path, into: Path) -> Merged:
    """Bring the records of two folders into a third, which may be one of them.

    Every record is kept as it stands, once, in a file of the name it had: which one wins is
    decided as in any folder. Raises SeqbenchError where `into` cannot be written.
    """
    standing = {_mark(line, file) for file in record_files(into) for line in lines_of(file)}
    added = damaged = 0
    for folder in (first, second):
        for file in record_files(folder) if folder.absolute() != into.absolute() else ():
            fresh = []
            for line in lines_of(file):
                mark = _mark(line, file)
                if mark is None:
                    damaged += 1
                elif mark not in standing:
                    standing.add(mark)
                    fresh.append(line)
            added += len(fresh)
            _write(into / "records", file.stem, fresh)
    return Merged(added, damaged, tuple(_conflicts(into)))


def _mark(line: bytes, file: Path) -> tuple[str, str, bytes] | None:
    """What a record is known by, or None where the line is none."""
    head = None if flaw(line) else head_of(line, file)
    return None if head is None else (head.run, head.id, line[-SEAL:])


def _write(folder: Path, stem: str, lines: list[bytes]) -> None:
    if not lines:
        return
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(new_file(folder, stem)[0], "wb") as file:
            file.write(b"\n".join([*lines, b""]))
            file.flush()
            os.fsync(file.fileno())
        flush_folder(folder)


def _conflicts(folder: Path) -> Iterator[Conflict]:
    first: dict[str, dict[str, float]] = {}
    for file in record_files(folder):
        for line in lines_of(file):
            if _mark(line, file) is None:
                continue
            record = whole(line, file)
            if record["status"] != "ok":
                continue
            numbers = _numbers(record)
            before = first.setdefault(record["id"], numbers)
            for name in before.keys() & numbers.keys():
                if before[name] != numbers[name]:
                    values = (before[name], numbers[name])
                    yield Conflict(record["id"], _title(record), name, values)


def _numbers(record: dict[str, Any]) -> dict[str, float]:
    told = [m for m in record["measurements"] if m.get("exact", True)]
    return {f"{m['name']} on {m['split']} at {canonical(m['at'])}": m["value"] for m in told}


def _title(record: dict[str, Any]) -> str:
    task, architecture = record["task"]["name"], record["architecture"]["name"]
    return f"{task}, {architecture}, seed {record['seed']}"
