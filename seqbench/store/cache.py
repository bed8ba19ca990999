"""The tables of a results folder, kept as Parquet so that a report need not read every record."""

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seqbench.contract.record import SCHEMA
from seqbench.contract.report import Frames
from seqbench.store.columnar import columnar
from seqbench.store.index import Index, no_collection, record_files
from seqbench.store.tables import Tables, tables

LAYOUT = 4  # raise it when tables() gives the same records another shape
LARGE = 2**22  # bytes of records, below which Arrow does not pay
WORTHWHILE = 2000  # records, below which reading them is as quick


def frames(folder: Path) -> Frames:
    """The winning records of a folder as pandas tables; the folder need not be writable."""
    with no_collection(), plain_memory():
        return _frames(folder, _key(folder))


@contextmanager
def plain_memory() -> Iterator[None]:
    """Let Arrow take memory from the C library: by itself it takes a third more, all of it new."""
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def _frames(folder: Path, key: str) -> Frames:
    found = _load(folder / ".cache", key)
    if found is not None:
        return shown(found)
    found = read(folder)
    with ThreadPoolExecutor(1) as beside:
        worth = len(found.trials) >= WORTHWHILE and key == _key(folder)
        kept = beside.submit(_keep, folder / ".cache", key, found) if worth else None
        frames = shown(found)
    if kept is not None:
        kept.result()  # raises what it raised
    return frames


def shown(found: Tables) -> Frames:
    """Tables as pandas has them."""
    return Frames(**{part.name: getattr(found, part.name).to_pandas() for part in fields(found)})


def read(folder: Path) -> Tables:
    """The tables of the winning records, by Arrow where it can and it pays."""
    found = columnar(folder) if size(folder) >= LARGE else None
    if found is None:
        index = Index(folder)
        index.refresh()
        found = tables(index.records())
    return found


def size(folder: Path) -> int:
    """Bytes of all records."""
    return sum(file.stat().st_size for file in record_files(folder))


def _key(folder: Path) -> str:
    """What the records are known by: they only grow, so size and time say when they have."""
    stats = [(file.name, file.stat()) for file in record_files(folder)]
    seen = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
    return hashlib.sha256(json.dumps([SCHEMA, LAYOUT, seen]).encode()).hexdigest()[:16]


def _load(cache: Path, key: str) -> Tables | None:
    try:
        parts = {f.name: pq.read_table(cache / f"{key}-{f.name}.parquet") for f in fields(Tables)}
    except (OSError, pa.ArrowException):
        return None
    return Tables(**parts)


def _keep(cache: Path, key: str, found: Tables) -> None:
    with suppress(OSError):  # of a folder that one may only read
        _write(cache, key, found)


def _write(cache: Path, key: str, found: Tables) -> None:
    cache.mkdir(exist_ok=True)
    for part in fields(found):
        file = cache / f"{key}-{part.name}.parquet"
        half = file.with_suffix(f".{os.getpid()}")
        pq.write_table(getattr(found, part.name), half)
        half.replace(file)
    for old in cache.glob("*.parquet"):
        if not old.name.startswith(key):
            old.unlink(missing_ok=True)
