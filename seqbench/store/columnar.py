"""The tables of very many records by Arrow: those that `tables` makes, in a quarter of the time.

Arrow reads lines of JSON into columns, on all cores, and finds out by itself what kinds of values
there are. Where records differ in kind, and in whatever else is rare, `tables` has to be asked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from seqbench.contract.record import SCHEMA
from seqbench.store.flatten import Arrays, Parts, Unusual, fields, rows, section
from seqbench.store.index import record_files
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

BATCH = 2**24  # bytes of files at once
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


@dataclass(frozen=True)
class Batch:
    """What stands in some files, up to some bytes of each, a row a line."""

    files: Mapping[Path, int]
    row: Arrays  # columns of `trials`
    curves: pa.Array  # a list of points a row
    measurements: pa.Array


def columnar(folder: Path) -> Tables | None:
    """The tables of a folder's winning records; or None where they have to be made one by one."""
    trials, measurements, curves = Parts(TRIALS), Parts(MEASUREMENTS), Parts(CURVES)
    try:
        for batch in winners(read(folder)):
            trials.add(batch.row, len(batch.curves))
            who = {name: batch.row[name] for name in WHO}
            curves.add(*rows(batch.curves, who))
            who |= {"baseline": batch.row["baseline"], "partial": batch.row["partial"]}
            measurements.add(*rows(batch.measurements, who))
        return Tables(trials.table(), measurements.table(), curves.table())
    except (Unusual, pa.ArrowException, msgspec.ValidationError):
        return None


def read(folder: Path) -> list[Batch]:
    """All records, in their order; some are parsed as the next are read, and no line is kept."""
    with ThreadPoolExecutor(1) as pool:
        waiting: list[Future[Batch]] = []
        for files in groups(record_files(folder)):
            lines = lines_in(files)
            if len(waiting) > 1:
                waiting[-2].result()  # or all would be read before much is parsed
            if lines:
                waiting.append(pool.submit(parsed, files, lines))
        return [it.result() for it in waiting]


def groups(files: Iterable[Path]) -> Iterator[dict[Path, int]]:
    """Files that are read together, and how much of each."""
    some: dict[Path, int] = {}
    for file in files:
        some[file] = file.stat().st_size
        if sum(some.values()) >= BATCH:
            yield some
            some = {}
    if some:
        yield some


def lines_in(files: Mapping[Path, int]) -> list[bytes]:
    """The intact ones."""
    found: list[bytes] = []
    for file, size in files.items():
        found += (line for line in file.read_bytes()[:size].split(b"\n") if intact(line))
    return found


def parsed(files: Mapping[Path, int], lines: Sequence[bytes]) -> Batch:
    """Lines as a batch. Raises what Arrow does, and Unusual on what is no record of today's."""
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
    found = {name: one(table[name]) for name in table.column_names}
    return Batch(files, _trials(found, lines), found["curve"], found["measurements"])


def winners(batches: list[Batch]) -> Iterator[Batch]:
    """Of each trial the record that counts: the last `ok` one, or else the last, as Entry.beats.

    Empties the list: memory that was never used before is what takes long.
    """
    ids = pa.chunked_array([it.row["id"] for it in batches], TEXT).combine_chunks()
    codes = ids.dictionary_encode().indices.to_numpy()
    ok = [pc.equal(it.row["status"], "ok").to_numpy(zero_copy_only=False) for it in batches]
    order = np.lexsort((np.arange(len(codes)), np.concatenate([[], *ok]), codes))
    last = np.append(np.diff(codes[order]) != 0, [True] * (len(codes) > 0))
    wins = np.zeros(len(codes), bool)
    wins[order[last]] = True
    at = 0
    batches.reverse()
    while batches:
        batch = batches.pop()
        here = wins[at : at + len(batch.curves)]
        at += len(here)
        if here.all():
            yield batch
        elif here.any():  # parsed anew, as the others may have columns that these do not
            lines = lines_in(batch.files)
            yield parsed(batch.files, [it for it, win in zip(lines, here, strict=True) if win])


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
