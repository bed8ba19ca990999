"""Where each trial's winning record stands, and what it answers."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from seqbench.contract.trial import AND, Trial
from seqbench.store.head import Head, flaw, head_of, whole
from seqbench.store.line import intact

BUFFER = 2**18  # bytes; a line that is read, checked and decoded before the next stays in a cache


@dataclass(frozen=True)
class Damage:
    """A line that cannot be read as it was written."""

    file: Path
    line: int  # from 1
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}"


class Entry(msgspec.Struct, gc=False):
    """A record's place, and its head."""

    file: Path
    start: int
    stop: int
    head: Head

    def beats(self, other: "Entry") -> bool:
        """`ok` wins over anything else; among equals the later one does."""
        return self._rank() > other._rank()

    def _rank(self) -> tuple[bool, str, int]:
        return (self.head.status == "ok", self.file.stem, self.start)

    def settles(self, trial: Trial, retry: frozenset[str]) -> bool:
        """Whether the trial need not run: it failed for good, or all asked of it is measured."""
        if self.head.missing or self.head.status in retry:
            return False
        if trial.study:
            made_for = self.head.study.get("name", "").split(AND)
            if not set(trial.study["name"].split(AND)).issubset(made_for):
                return False  # its record would not say what it was made for
        if self.head.status != "ok":
            return True
        if not all(probe.label in self.head.probed for probe in trial.probes):
            return False
        marks = self.head.measurements
        if not {mark.name for mark in marks}.issuperset(trial.metrics):
            return False
        places = [mark.at for mark in marks if mark.at and mark.split == "test"]
        return all(
            wanted in places or any(wanted.items() <= at.items() for at in places)
            for wanted in trial.tests
        )


@dataclass
class _Source:
    """How far a file has been read."""

    read: int = 0  # bytes, up to the end of the last whole line
    lines: int = 0
    torn: bool = False  # whether something follows that is not yet, or never will be, a line


@dataclass
class Index:
    """The records of a folder, read once and then as they come."""

    folder: Path
    winners: dict[str, Entry] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)  # (run, id) of every record
    spoilt: list[Damage] = field(default_factory=list)
    _sources: dict[Path, _Source] = field(default_factory=dict)

    def refresh(self) -> None:
        """Read what has been added since. Raises SeqbenchError on records of a newer seqbench."""
        with no_collection():
            for file in record_files(self.folder):
                source = self._sources.setdefault(file, _Source())
                size = file.stat().st_size
                if size > source.read:
                    self._read(file, source)
                elif size == source.read:
                    source.torn = False

    def damaged(self) -> list[Damage]:
        """Lines that do not count, in files read so far."""
        torn = [
            Damage(file, source.lines + 1, "the line was never finished")
            for file, source in self._sources.items()
            if source.torn
        ]
        return sorted(self.spoilt + torn, key=lambda bad: (bad.file, bad.line))

    def records(self) -> Iterator[dict[str, Any]]:
        """The winning record of each trial, in the order of the files."""
        by_file: dict[Path, list[Entry]] = {}
        for entry in self.winners.values():
            by_file.setdefault(entry.file, []).append(entry)
        for file in sorted(by_file, key=lambda file: file.stem):
            data = file.read_bytes()
            for entry in sorted(by_file[file], key=lambda entry: entry.start):
                line = data[entry.start : entry.stop]
                if intact(line):  # its writer may have taken it back since: its disk was full
                    yield whole(line, file)

    def _read(self, file: Path, source: _Source) -> None:
        source.torn = False
        with file.open("rb", buffering=BUFFER) as opened:
            opened.seek(source.read)
            for line in opened:
                text = line.removesuffix(b"\n")
                if len(text) == len(line) and not intact(text):
                    source.torn = True
                    return
                self._take(text, file, source)
                source.read += len(line)
                source.lines += len(line) - len(text)

    def _take(self, line: bytes, file: Path, source: _Source) -> None:
        if not line:
            return
        why = flaw(line)
        head = head_of(line, file) if why is None else None
        if head is None:
            self.spoilt.append(Damage(file, source.lines + 1, why or "it is no record"))
            return
        entry = Entry(file, source.read, source.read + len(line), head)
        self.seen.add((head.run, head.id))
        old = self.winners.get(head.id)
        if old is None or entry.beats(old):
            self.winners[head.id] = entry


def record_files(folder: Path) -> list[Path]:
    """The files of records in a results folder, oldest first; none where there is no folder."""
    return sorted(folder.joinpath("records").glob("*.jsonl"), key=lambda file: file.stem)


def lines_of(file: Path) -> list[bytes]:
    """The lines of a file without their breaks, an unfinished last one included."""
    lines = file.read_bytes().split(b"\n")
    return lines if lines[-1] else lines[:-1]


@contextmanager
def no_collection() -> Iterator[None]:
    """Heads are kept and hold no cycles: to walk them again and again costs a third of a read."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
