"""The tables of very many records by Arrow: those that `tables` makes, in a quarter of the time.

Arrow reads lines of JSON into columns, on all cores, and finds out by itself what kinds of values
there are. Where records differ in kind, and in whatever else is rare, `tables` has to be asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from seqbench.contract.record import SCHEMA
from seqbench.store.flatten import Arrays, Parts, Unusual, fields, rows, section
from seqbench.store.index import lines_of, no_collection, record_files
from seqbench.store.line import intact
from seqbench.store.tables import (
    CURVES,
    MEASUREMENTS,
    TEXT,
    TRIALS,
    WHOLE,
    Columns,
    Tables,
    ends,
)

BATCH = 2**24  # bytes of lines at once
BLOCK = 2**22  # bytes of them for a thread
WHO = ("id", "task", "architecture", "seed")
SECTIONS = ("train", "sizes", "costs", "study", "facts")


def _inside(known: Mapping[str, pa.DataType], others: Sequence[str]) -> pa.DataType:
    return pa.list_(pa.struct([(name, known[name]) for name in known if name not in others]))


NAMED = pa.struct([("name", TEXT)])
KNOWN = pa.schema(
    {
        **{name: kind for name, kind in TRIALS.items() if name != "race"},
        "task": NAMED,
        "architecture": NAMED,
        "schema": WHOLE,
        "curve": _inside(CURVES, WHO),
        "measurements": _inside(MEASUREMENTS, (*WHO, "baseline", "partial")),
    }
)
# A run's records have this, and Arrow would take it for a time, which is slower to undo.
TIMED = KNOWN.append(pa.field("facts", pa.struct([("started_at", TEXT)])))


def columnar(folder: Path) -> Tables | None:
    """The tables of a folder's winning records; or None where they have to be made one by one."""
    trials, measurements, curves = Parts(TRIALS), Parts(MEASUREMENTS), Parts(CURVES)
    try:
        with no_collection():
            batches = list(winners(read(folder)))
        for table, lines in batches:
            found = {name: one(table[name]) for name in table.column_names}
            row = _trials(found, lines)
            trials.add(row, len(table))
            who = {name: row[name] for name in WHO}
            curves.add(*rows(found["curve"], who))
            who |= {"baseline": row["baseline"], "partial": row["partial"]}
            measurements.add(*rows(found["measurements"], who))
        return Tables(trials.table(), measurements.table(), curves.table())
    except (Unusual, pa.ArrowException, msgspec.ValidationError):
        return None


Batch = tuple[pa.Table, list[bytes]]  # a row a line


def read(folder: Path) -> list[Batch]:
    """The intact lines of all records, in their order; one batch is parsed as the next is read."""
    with ThreadPoolExecutor(1) as pool:
        return list(pool.map(parsed, intact_lines(folder)))


def intact_lines(folder: Path) -> Iterator[list[bytes]]:
    """Many at once."""
    lines: list[bytes] = []
    size = 0
    for file in record_files(folder):
        lines += [line for line in lines_of(file) if line and intact(line)]
        size += file.stat().st_size
        if size >= BATCH:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


def parsed(lines: list[bytes]) -> Batch:
    """Lines as a table. Raises what Arrow does, and Unusual on what is no record of today's."""
    table = pa.json.read_json(
        pa.BufferReader(b"\n".join(lines)),
        pa.json.ReadOptions(block_size=max(BLOCK, 2 * max(map(len, lines)))),
        pa.json.ParseOptions(explicit_schema=TIMED if b'"started_at":' in lines[0] else KNOWN),
    )
    schemas = pc.min_max(table["schema"]).as_py()
    if set(schemas.values()) != {SCHEMA}:
        raise Unusual
    if any(table[name].null_count for name in ("id", "status", "schema")):
        raise Unusual
    return table, lines


def winners(batches: Sequence[Batch]) -> Iterator[Batch]:
    """Of each trial the record that counts: the last `ok` one, or else the last, as Entry.beats."""
    ids = pa.chunked_array([it["id"].combine_chunks() for it, _ in batches], TEXT)
    ok = np.concatenate([pc.equal(it["status"], "ok").to_numpy() for it, _ in batches] or [[]])
    codes = ids.combine_chunks().dictionary_encode().indices.to_numpy()
    order = np.lexsort((np.arange(len(codes)), ok, codes))
    last = np.append(np.diff(codes[order]) != 0, [True] * (len(codes) > 0))
    wins = np.zeros(len(codes), bool)
    wins[order[last]] = True
    at = 0
    for table, lines in batches:
        here = wins[at : at + len(lines)]
        at += len(lines)
        if here.all():
            yield table, lines
        elif here.any():  # parsed anew, as the others may have columns that these do not
            yield parsed([line for line, win in zip(lines, here, strict=True) if win])


def one(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _trials(found: Arrays, lines: Sequence[bytes]) -> Arrays:
    row = {name: found[name] for name in TRIALS if name != "race"}
    row["race"] = _has_any(found["runners"])
    for kind in ("task", "architecture"):
        inside = fields(found[kind])
        row[kind] = inside["name"]
        row |= section(kind, inside["settings"], lines, (kind, "settings"))
    for name in SECTIONS:
        row |= section(name, found[name], lines, (name,))
    for label, why in fields(found["probed"]).items():
        name = f"probed.{label.partition('{')[0]}"
        if name in row or why.type not in (TEXT, pa.null()):
            raise Unusual
        row[name] = why
    return row | (_ranges(lines) if fields(found["ranges"]) else {})


class _Ranged(msgspec.Struct):
    ranges: dict[str, tuple[Any, Any]] = {}


def _ranges(lines: Sequence[bytes]) -> Arrays:
    """The ends of ranges, one by one: Arrow takes both for fractions where one is."""
    columns = Columns({})
    decode = msgspec.json.Decoder(_Ranged).decode
    for line in lines:
        columns.add(ends(decode(line).ranges))
    table = columns.table()
    return {name: one(table[name]) for name in table.column_names}


def _has_any(mappings: pa.Array) -> pa.Array:
    """Which of the mappings have something in them."""
    found = np.zeros(len(mappings), bool)
    for part in fields(mappings).values():
        found |= part.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(found)
