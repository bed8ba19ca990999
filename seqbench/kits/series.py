"""Time series from a user's CSV or Parquet file, and one clear line where it cannot serve."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.kits.utf8 import decoded

WANTED = "it takes a UTF-8 .csv with a header, or a .parquet, with a row a time step"
MOST = 1e100  # of a value, whose square has still to be a number
ABSENT = ("", "nan", "na", "null", "none", "?")  # of a cell, in any case


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of cells as they stand in the file; a row is told as the user counts it, from 1.

    Of a part of a file `rows` are the numbers that its rows have there.
    """

    where: str
    columns: dict[str, list[Any]]
    rows: tuple[int, ...] | None = None

    def times(self, name: str) -> np.ndarray:
        """The time of each row, (rows,), each later than the one before: seconds, or plain numbers.

        A time is a date as ISO 8601 writes it, in UTC where it names no zone, or a number.
        """
        found: list[float] = []
        for at, cell in enumerate(self.column(name)):
            here = self.place(at, name)
            found.append(moment(cell, here))
            if at and found[-1] <= found[-2]:
                how = "the same as" if found[-1] == found[-2] else "earlier than"
                raise SeqbenchError(
                    f"{here}: {shown(cell)} is {how} the time before it; sort the rows by time, "
                    "with one row a time"
                )
        return np.array(found)

    def values(self, name: str) -> np.ndarray:
        """The numbers of a column, (rows,), NaN where a cell is empty."""
        found = np.full(len(self.column(name)), np.nan)
        for at, cell in enumerate(self.column(name)):
            if cell is None or str(cell).strip().lower() in ABSENT:
                continue
            try:
                found[at] = float(cell)
            except (TypeError, ValueError):
                found[at] = np.inf
            if not abs(found[at]) <= MOST:
                raise SeqbenchError(
                    f"{self.place(at, name)}: {shown(cell)} is no number up to {MOST}"
                )
        return found

    def place(self, at: int, name: str) -> str:
        """Where a cell stands, for an error's line."""
        return f"{self.where}, row {self.rows[at] if self.rows else at + 1}, {name}"

    def parts(self, name: str) -> dict[str, "Table"]:
        """The rows of each series that a column names, in the order of the file."""
        members: dict[str, list[int]] = {}
        for at, cell in enumerate(self.column(name)):
            if cell is None or not str(cell).strip():
                raise SeqbenchError(f"{self.place(at, name)}: the name of a series is empty")
            members.setdefault(str(cell).strip(), []).append(at)
        return {
            series: Table(
                self.where,
                {column: [cells[at] for at in some] for column, cells in self.columns.items()},
                tuple(at + 1 for at in some),
            )
            for series, some in members.items()
        }

    def column(self, name: str) -> list[Any]:
        """The cells of a column; SeqbenchError where there is none of this name."""
        if name not in self.columns:
            had = ", ".join(self.columns)[:200]
            raise SeqbenchError(f"{self.where}: no column {name!r} among {had}")
        return self.columns[name]


def moment(cell: Any, here: str) -> float:
    """A date in seconds since 1970, or a number as it is."""
    if isinstance(cell, str):
        try:
            cell = float(cell)
        except ValueError:
            try:
                cell = datetime.fromisoformat(cell.strip())
            except ValueError:
                cell = None
    if hasattr(cell, "isoformat") and not isinstance(cell, datetime):  # a day
        try:
            cell = datetime.fromisoformat(cell.isoformat())
        except ValueError:
            cell = None
    if isinstance(cell, datetime):
        cell = (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).timestamp()
    if not isinstance(cell, int | float) or isinstance(cell, bool) or not np.isfinite(cell):
        raise SeqbenchError(
            f"{here}: this is no time; it takes dates as 2026-01-31 or 2026-01-31T13:00, or numbers"
        )
    return float(cell)


def shown(cell: Any) -> str:
    """A cell in an error's line."""
    return repr(str(cell)[:40])


def read(setting: str, file: str) -> Table:
    """A file's cells, read again where it has changed.

    `setting` is how the user knows it, as "series_file.file"; where nothing is set, it is Missing.
    """
    if not file:
        raise Missing(f"{setting} is not set; {WANTED}")
    path = Path(file).expanduser()
    try:
        seen = path.stat()
        return _read(f"{setting}: {path}", path, (seen.st_mtime_ns, seen.st_size))
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        why = getattr(error, "strerror", None) or error
        raise SeqbenchError(f"{setting}: {path} cannot be read ({why}); {WANTED}") from error


@cache
def _read(where: str, path: Path, changed: tuple[int, int]) -> Table:
    """The cells of a file as it was at a time."""
    kinds = {".csv": from_csv, ".parquet": from_parquet}
    if path.suffix.lower() not in kinds:
        raise SeqbenchError(f"{where} is neither .csv nor .parquet; {WANTED}")
    columns = kinds[path.suffix.lower()](where, path.read_bytes())
    if not columns or not next(iter(columns.values())):
        raise SeqbenchError(f"{where} has no rows; {WANTED}")
    return Table(where, columns)


def from_csv(where: str, raw: bytes) -> dict[str, list[Any]]:
    """The columns of a CSV file."""
    rows = csv.reader(io.StringIO(decoded(raw, where, WANTED), newline=""), strict=True)
    try:
        whole = [row for row in rows if row]
    except csv.Error as error:
        raise SeqbenchError(f"{where}, line {rows.line_num}: {error}; {WANTED}") from error
    header, *body = whole or [[]]
    names = [name.strip() for name in header]
    for name in names:
        if names.count(name) > 1:
            raise SeqbenchError(f"{where}: the header has {name!r} twice; {WANTED}")
    for at, row in enumerate(body, 1):
        if len(row) != len(names):
            raise SeqbenchError(
                f"{where}, row {at}: {len(row)} cells, and the header has {len(names)}"
            )
    return {name: [row[at] for row in body] for at, name in enumerate(names)}


def from_parquet(where: str, raw: bytes) -> dict[str, list[Any]]:
    """The columns of a Parquet file."""
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(pyarrow.BufferReader(raw))
        return {str(name): table.column(name).to_pylist() for name in table.column_names}
    except (pyarrow.ArrowException, OSError, ValueError, KeyError) as error:
        first = " ".join(str(error).split())[:120]
        raise SeqbenchError(f"{where}: this is no Parquet file ({first}); {WANTED}") from error
