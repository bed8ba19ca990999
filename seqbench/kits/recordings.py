"""Folders of labelled WAV files, in one of three forms: what each holds, as files and labels."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seqbench.contract.data import Role
from seqbench.contract.errors import SeqbenchError
from seqbench.kits.utf8 import decoded

LISTS: dict[Role, str] = {"valid": "validation_list.txt", "test": "testing_list.txt"}
ROLES: dict[str, Role] = {"train": "train", "valid": "valid", "test": "test"}
DIGIT = re.compile(r"(\d+)_(.+)_(\d+)\.wav", re.IGNORECASE)
FORMS = (
    "a CSV file with columns path and label, or word/*.wav as Speech Commands, or "
    "{digit}_{speaker}_{index}.wav as the Free Spoken Digit Dataset"
)


@dataclass(frozen=True)
class Recording:
    """A file, its label, and where that is told; its speaker and role, where they are told."""

    path: Path
    label: str
    told: str
    speaker: str = ""
    role: Role | Literal[""] = ""


def listed(folder: Path) -> list[Recording]:
    """What a folder holds, by path; raises SeqbenchError where it has none of the three forms."""
    if not folder.is_dir():
        raise SeqbenchError(f"{folder}: no folder; it takes one of WAV files: {FORMS}")
    tables = sorted(folder.glob("*.csv"))
    if len(tables) > 1:
        raise SeqbenchError(f"{folder}: {len(tables)} CSV files; it takes one")
    flat = next((at for at in (folder, folder / "recordings") if any(wavs(at))), None)
    if tables:
        found = list(rows(tables[0]))
    elif flat is not None:
        found = list(spoken_digits(flat))
    else:
        found = list(spoken_words(folder))
    if not found:
        raise SeqbenchError(f"{folder}: no WAV files in it; it takes {FORMS}")
    return sorted(found, key=lambda one: one.path)


def wavs(folder: Path) -> Iterator[Path]:
    """Files that are named as sound."""
    return (path for path in folder.glob("*") if path.suffix.lower() == ".wav")


def rows(table: Path) -> Iterator[Recording]:
    """Of a CSV file: path and label, and if there are such columns, speaker and split."""
    seen: set[Path] = set()
    for number, line in enumerate(lines(table), start=2):  # the first row names the columns
        told = f"{table}, row {number}"
        if not line["path"] or not line["label"]:
            raise SeqbenchError(f"{told}: a path and a label are needed, not {list(line.values())}")
        path = table.parent / line["path"]
        if not path.is_file():
            raise SeqbenchError(f"{told}: no file {path}")
        if path in seen:
            raise SeqbenchError(f"{told}: {path} stands in an earlier row too")
        seen.add(path)
        role = line.get("split", "train")
        if role not in ROLES:
            raise SeqbenchError(f"{told}: split is {role!r}; it takes train, valid or test")
        speaker = line.get("speaker", "-")
        if not speaker:
            raise SeqbenchError(f"{told}: no speaker, in a table that has a column for them")
        known = ROLES[role] if "split" in line else ""
        yield Recording(path, line["label"], told, speaker if "speaker" in line else "", known)


def lines(table: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by the names of its columns."""
    try:
        read = csv.DictReader(io.StringIO(text(table), newline=""), restval="", strict=True)
        found, columns = list(read), read.fieldnames or ()
    except csv.Error as error:
        raise SeqbenchError(f"{table}: cannot be read ({error}); it takes a CSV file") from error
    for number, line in enumerate(found, start=2):
        if None in line:  # what DictReader calls the cells that no column has
            raise SeqbenchError(f"{table}, row {number}: more cells than the first row has")
    if lacking := {"path", "label"} - set(columns):
        raise SeqbenchError(
            f"{table}: no column {' and '.join(sorted(lacking))}; its first row takes path,label"
        )
    return found


def spoken_words(folder: Path) -> Iterator[Recording]:
    """Of the form of Speech Commands: the folder is the word; what starts with _ is no word.

    The name up to `_nohash_` is the speaker.
    """
    roles = roles_of(folder)
    for path in sorted(folder.glob("*/*")):
        word = path.parent.name
        if path.suffix.lower() == ".wav" and not word.startswith(("_", ".")):
            speaker = path.stem.partition("_nohash_")
            role = roles.get(path, "train") if roles else ""
            yield Recording(path, word, str(path), speaker[0] if speaker[1] else "", role)


def roles_of(folder: Path) -> dict[Path, Role]:
    """The files that the two lists name. Both are there, or none."""
    there = [role for role, name in LISTS.items() if (folder / name).is_file()]
    if len(there) == 1:
        missing = next(name for role, name in LISTS.items() if role not in there)
        raise SeqbenchError(f"{folder}: {LISTS[there[0]]} is there and {missing} is not")
    roles: dict[Path, Role] = {}
    for role in there:
        for number, line in enumerate(text(folder / LISTS[role]).splitlines(), start=1):
            path = folder / line.strip()
            told = f"{folder / LISTS[role]}, row {number}"
            if line.strip() and not path.is_file():
                raise SeqbenchError(f"{told}: no file {path}")
            if roles.get(path, role) != role:
                raise SeqbenchError(f"{told}: {line.strip()} stands in the other list too")
            roles[path] = role
    return roles


def spoken_digits(folder: Path) -> Iterator[Recording]:
    """Of the form of the Free Spoken Digit Dataset."""
    for path in wavs(folder):
        parts = DIGIT.fullmatch(path.name)
        if parts is None:
            raise SeqbenchError(f"{path}: not named {{digit}}_{{speaker}}_{{index}}.wav")
        yield Recording(path, parts[1], str(path), parts[2])


def text(path: Path) -> str:
    """A table's or a list's text."""
    return decoded(bytes_of(path), str(path), "it takes UTF-8 text")


def bytes_of(path: Path) -> bytes:
    """What a file holds."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SeqbenchError(f"{path}: cannot be read ({error.strerror})") from error
