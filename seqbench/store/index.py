"""Where each trial's winning record stands, and what it answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from seqbench.contract.record import SCHEMA
from seqbench.contract.trial import Trial
from seqbench.store.line import intact
from seqbench.store.schema import current


@dataclass(frozen=True)
class Damage:
    """A line that cannot be read as it was written."""

    file: Path
    line: int  # from 1
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}"


class Mark(msgspec.Struct, gc=False):
    """What was measured, and where."""

    name: str
    split: str = "test"
    at: dict[str, Any] = {}


class Head(msgspec.Struct, gc=False):
    """The little of a record that decides whether its trial has to run."""

    schema: int
    id: str
    status: str
    run: str = ""
    missing: bool = False
    measurements: list[Mark] = []
    probed: dict[str, str | None] = {}


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
        with file.open("rb") as opened:
            opened.seek(source.read)
            data = opened.read()
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._take(line, file, source)
            source.read += len(line) + 1
            source.lines += 1
        source.torn = bool(rest) and not intact(rest)
        if intact(rest):  # only its line break is lacking, or still on its way
            self._take(rest, file, source)
            source.read += len(rest)

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


def flaw(line: bytes) -> str | None:
    """Why a line does not count, or None where it does."""
    if intact(line):
        return None
    return "it does not match its checksum" if line.endswith(b"}") else "it was cut short"


def whole(line: bytes, file: Path) -> dict[str, Any]:
    """An intact line as a record of today's schema."""
    return current(msgspec.json.decode(line), str(file))


_decode = msgspec.json.Decoder(Head).decode


def head_of(line: bytes, file: Path) -> Head | None:
    """The head of an intact line, or None where it is no record."""
    try:
        head = _decode(line)
        if head.schema == SCHEMA:
            return head
    except msgspec.ValidationError:  # another schema may call things by other names
        pass
    try:
        return msgspec.convert(whole(line, file), Head)
    except (msgspec.ValidationError, KeyError, TypeError):
        return None
