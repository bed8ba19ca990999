"""Arrow's columns of records, mappings in mappings, as the columns of tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from seqbench.contract.trial import canonical
from seqbench.store.tables import REAL, TEXT, TRUTH, WHOLE

PLAIN = (TEXT, WHOLE, REAL, TRUTH, pa.null())
LARGEST = 2.0**63  # Arrow takes whole numbers from here on for others; they are text by right

Arrays = dict[str, pa.Array]


class Unusual(Exception):
    """Records that have to be read one by one to be read rightly."""


@dataclass
class Parts:
    """A table in the making, part by part; a column may turn up in any."""

    known: Mapping[str, pa.DataType]
    rows: int = 0
    columns: dict[str, list[pa.Array]] = field(default_factory=dict)

    def add(self, columns: Arrays, rows: int) -> None:
        """Rows more; a column that they lack is empty in them."""
        for name, array in columns.items():
            self.columns.setdefault(name, [pa.nulls(self.rows)]).append(array)
        for name in self.columns.keys() - columns.keys():
            self.columns[name].append(pa.nulls(rows))
        self.rows += rows

    def table(self) -> pa.Table:
        """Known columns first, as they are known; the others by name."""
        names = [*self.known, *sorted(self.columns.keys() - self.known.keys())]
        return pa.Table.from_arrays([self._column(name) for name in names], names)

    def _column(self, name: str) -> pa.ChunkedArray:
        parts = self.columns.get(name, [pa.nulls(self.rows)])
        kind = self.known.get(name) or _common({part.type for part in parts})
        column = pa.chunked_array([part.cast(kind) for part in parts if len(part)], kind)
        if kind == REAL and name not in self.known:
            most = pc.max(pc.abs(column)).as_py()
            if most is not None and most >= LARGEST:
                raise Unusual
        return column


def _common(kinds: set[pa.DataType]) -> pa.DataType:
    """The kind of a column whose parts have these."""
    kinds = kinds - {pa.null()}
    if not kinds:
        return TEXT
    if kinds == {WHOLE, REAL}:
        return REAL
    if len(kinds) > 1:
        raise Unusual
    return kinds.pop()


def fields(struct: pa.Array) -> Arrays:
    """What is in mappings, a column a key; nothing where there are no mappings."""
    if pa.types.is_null(struct.type):
        return {}
    return {it.name: part for it, part in zip(struct.type, struct.flatten(), strict=True)}


def section(prefix: str, struct: pa.Array, lines: Sequence[bytes], path: tuple[str, ...]) -> Arrays:
    """The keys of a mapping as columns; what is not plain as the text that it has in the lines.

    `path` is where the mapping stands in a line.
    """
    parts = fields(struct)
    odd = [key for key, part in parts.items() if part.type not in PLAIN]
    if odd:
        parts |= _texts(lines, path, odd)
    return {f"{prefix}.{key}": part for key, part in parts.items()}


def rows(lists: pa.Array, alike: Arrays) -> tuple[Arrays, int]:
    """Mappings in lists as rows, with what is alike in all of a list; and how many they are."""
    parents = pc.list_parent_indices(lists)
    columns = fields(lists.flatten())
    inside = columns.pop("at", pa.nulls(0))
    columns |= {f"at.{key}": part for key, part in fields(inside).items()}
    if any(part.type not in PLAIN for part in columns.values()):
        raise Unusual
    return {**columns, **{name: part.take(parents) for name, part in alike.items()}}, len(parents)


def _texts(lines: Sequence[bytes], path: tuple[str, ...], keys: Sequence[str]) -> Arrays:
    kind: Any = dict[str, msgspec.Raw]
    for name in reversed(path):
        kind = msgspec.defstruct("Line", [(name, kind)])
    decode = msgspec.json.Decoder(kind).decode
    columns: dict[str, list[str | None]] = {key: [] for key in keys}
    for line in lines:
        inside = decode(line)
        for name in path:
            inside = getattr(inside, name)
        for key in keys:
            columns[key].append(_text(inside.get(key)))
    return {key: pa.array(values, TEXT) for key, values in columns.items()}


def _text(raw: msgspec.Raw | None) -> str | None:
    """What `canonical` makes of a value that is no text; lines are in its form but for ASCII."""
    if raw is None:
        return None
    text = bytes(raw)
    if text.startswith((b"{", b"[")) and text.isascii():
        return text.decode()
    value = msgspec.json.decode(text)
    return value if value is None or isinstance(value, str) else canonical(value)
