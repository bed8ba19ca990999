"""Labelled recordings, shared out among train, valid and test with nothing in two of them."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from seqbench.contract.data import Role
from seqbench.contract.errors import SeqbenchError
from seqbench.kits.recordings import Recording, bytes_of, listed
from seqbench.kits.wav import sound_of

ROLES: tuple[Role, ...] = ("train", "valid", "test")
HELD_OUT = 10  # one speaker of so many, and one file, is test, and another is valid


@dataclass(frozen=True)
class Recordings:
    """All recordings of a folder, each in one role."""

    folder: Path
    files: tuple[Recording, ...]

    @property
    def labels(self) -> list[str]:
        """Those of train, in order."""
        return sorted({file.label for file in self.of("train")})

    def of(self, role: Role) -> list[Recording]:
        """A role's files."""
        return [file for file in self.files if file.role == role]

    def checksum(self) -> str:
        """sha256 of each file's name, label, role and content, which must be sound."""
        total = hashlib.sha256()
        for file in self.files:
            name = os.path.relpath(file.path, self.folder)
            total.update(f"{name}\0{file.label}\0{file.role}\0{digest(file)}\n".encode())
        return total.hexdigest()


def recordings(folder: Path, fold: int = 0) -> Recordings:
    """What a folder holds, shared out: as it says itself, else by speakers, else by files."""
    files = listed(folder)
    if all(file.role for file in files):
        shared = files
    elif all(file.speaker for file in files):
        role = parted({file.speaker for file in files}, fold, f"{folder}: speakers")
        shared = [replace(file, role=role[file.speaker]) for file in files]
    else:
        shared = by_content(files, fold, folder)
    train = {file.label for file in shared if file.role == "train"}
    for file in shared:
        if file.label not in train:
            raise SeqbenchError(f"{file.told}: label {file.label!r} has no example in train")
    for wanted in ROLES:
        if not any(file.role == wanted for file in shared):
            raise SeqbenchError(f"{folder}: no recording is {wanted}; each split needs some")
    if len(train) < 2:
        raise SeqbenchError(f"{folder}: one label alone, {min(train)!r}; it takes 2 or more")
    return Recordings(folder, tuple(shared))


def by_content(files: list[Recording], fold: int, folder: Path) -> list[Recording]:
    """Of each label's files some are test and some valid, in the order of their checksums.

    Copies of one file stay together, under one label.
    """
    label: dict[str, Recording] = {}
    contents: dict[str, set[str]] = defaultdict(set)
    for file in files:
        first = label.setdefault(digest(file), file)
        if first.label != file.label:
            raise SeqbenchError(
                f"{file.told}: the same sound as {first.path}, which is {first.label!r} and not "
                f"{file.label!r}"
            )
        contents[file.label].add(digest(file))
    role: dict[str, Role] = {}
    for one, marks in contents.items():
        role |= parted(marks, fold, f"{folder}: files of {one!r}")
    return [replace(file, role=role[digest(file)]) for file in files]


def parted(things: Iterable[str], fold: int, what: str) -> Mapping[str, Role]:
    """One in ten of each kind is test and one in ten valid, at least one; others for each fold."""
    order = sorted(things)
    if len(order) < len(ROLES):
        raise SeqbenchError(f"{what} are {len(order)}; it takes 3 or more, to leave some out")
    held = max(1, len(order) // HELD_OUT)
    start = fold * held % len(order)
    turned = order[start:] + order[:start]
    return {
        thing: "test" if k < held else "valid" if k < 2 * held else "train"
        for k, thing in enumerate(turned)
    }


def digest(file: Recording) -> str:
    """sha256 of what the file holds; raises SeqbenchError where that is no sound."""
    try:
        seen = file.path.stat()
    except OSError as error:
        raise SeqbenchError(f"{file.told}: cannot be read ({error.strerror})") from error
    return _digest(file, seen.st_size, seen.st_mtime_ns)


@cache
def _digest(file: Recording, size: int, changed: int) -> str:
    """Read again where size or time of change is another."""
    data = bytes_of(file.path)
    named = file.told if file.told == str(file.path) else f"{file.told}: {file.path}"
    sound_of(data, named)
    return hashlib.sha256(data).hexdigest()
