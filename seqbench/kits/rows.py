"""Texts with labels from a user's CSV or JSONL file, and one clear line where it cannot serve."""

import csv
import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.kits.utf8 import decoded

WANTED = "it takes a UTF-8 .csv (with a header) or .jsonl file with the columns text and label"
Row = tuple[str, str]  # text, label


def read(setting: str, file: str) -> tuple[Row, ...]:
    """A file's rows, read again where it has changed; SeqbenchError where it cannot serve.

    `setting` is how the user knows it, as "text_file.file"; where nothing is set, it is Missing.
    """
    if not file:
        raise Missing(f"{setting} is not set; {WANTED}")
    path = Path(file).expanduser()
    try:
        seen = path.stat()
        return parsed(setting, path, (seen.st_mtime_ns, seen.st_size))
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        why = getattr(error, "strerror", None) or error
        raise SeqbenchError(f"{setting}: {path} cannot be read ({why}); {WANTED}") from error


@cache
def parsed(setting: str, path: Path, changed: tuple[int, int]) -> tuple[Row, ...]:
    """The rows of a file as it was at a time."""
    where, raw = f"{setting}: {path}", path.read_bytes()
    kinds = {".csv": from_csv, ".jsonl": from_jsonl}
    if path.suffix.lower() not in kinds:
        raise SeqbenchError(f"{where} is neither .csv nor .jsonl; {WANTED}")
    whole = decoded(raw, where, WANTED)
    rows = enumerate(kinds[path.suffix.lower()](where, whole), 1)
    found = tuple(checked(f"{where}, row {at}", row) for at, row in rows)
    if not found:
        raise SeqbenchError(f"{where} has no rows; {WANTED}")
    return found


def checked(where: str, row: dict[str, object]) -> Row:
    """A row's text and label; a label may be a whole number, or true or false."""
    told = []
    for column in ("text", "label"):
        value = row.get(column)
        if column == "label" and isinstance(value, bool | int):
            value = json.dumps(value)
        if column not in row:
            raise SeqbenchError(f"{where}: no {column}; {WANTED}")
        if value is None or (isinstance(value, str) and not value.strip()):
            raise SeqbenchError(f"{where}: the {column} is empty; {WANTED}")
        if not isinstance(value, str) or not is_unicode(value):
            raise SeqbenchError(f"{where}: the {column} is no text; {WANTED}")
        told.append(value)
    return told[0], told[1].strip()


def is_unicode(text: str) -> bool:
    """Whether it can be written; JSON can hold halves of characters, which cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def from_csv(where: str, whole: str) -> Iterator[dict[str, object]]:
    """Each row of a CSV text by its columns."""
    rows, given = csv.DictReader(io.StringIO(whole, newline=""), strict=True), 0
    try:
        had = rows.fieldnames or ()
        for name in ("text", "label"):
            if whole.strip() and list(had).count(name) != 1:
                columns, many = ", ".join(map(str, had))[:200], "two" if name in had else "no"
                raise SeqbenchError(f"{where}: {many} column {name} among {columns}; {WANTED}")
        for row in rows:
            given += 1
            if None in row:  # what DictReader calls the cells that no column has
                cells = len(had) + len(row[None])
                raise SeqbenchError(
                    f"{where}, row {given}: {cells} cells, and the header has {len(had)} (a text "
                    f"with a comma takes quotes); {WANTED}"
                )
            yield row
    except csv.Error as error:
        raise SeqbenchError(f"{where}, row {given + 1}: {error}; {WANTED}") from error


def from_jsonl(where: str, whole: str) -> Iterator[dict[str, object]]:
    """Each line of a JSONL text; empty lines are none."""
    for number, line in enumerate(whole.split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise SeqbenchError(f"{where}, line {number}: no JSON; {WANTED}") from error
            if not isinstance(row, dict):
                raise SeqbenchError(f"{where}, line {number}: no JSON object; {WANTED}")
            yield row
