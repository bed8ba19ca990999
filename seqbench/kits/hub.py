"""Rows of data sets in the form of the Hugging Face hub, from there or from a folder."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from seqbench.contract.errors import Missing, SeqbenchError

BRING = "pip install 'seqbench[hub]'"
Rows = tuple[dict[str, Any], ...]


@cache
def rows(path: str, config: str, split: str, revision: str, columns: tuple[str, ...]) -> Rows:
    """These columns of each row of one split; labels as their names, sound as its file's bytes.

    `path` is a name on the hub (owner/name) or a folder laid out like one. Raises Missing where
    the package, the network or the data are not there, SeqbenchError where the split or a column
    is not.
    """
    table = loaded(path, config, split, revision)
    for column in columns:
        if column not in table.column_names:
            known = ", ".join(table.column_names)
            raise SeqbenchError(f"{path}: no column {column!r} in {split}; it has {known}")
    return tuple(named(table.features, row) for row in plain(table.select_columns(list(columns))))


def loaded(path: str, config: str, split: str, revision: str) -> Any:
    """One split, as the package knows it."""
    try:
        import datasets
    except ImportError as error:
        raise Missing(f"{path} is read by Hugging Face datasets: {BRING}") from error
    datasets.disable_progress_bars()
    where = str(Path(path).expanduser()) if Path(path).expanduser().is_dir() else path
    told = {"revision": revision} if revision and where == path else {}
    try:
        return datasets.load_dataset(where, config or None, split=split, **told)
    except (ConnectionError, FileNotFoundError) as error:
        cache_folder = datasets.config.HF_DATASETS_CACHE
        raise Missing(
            f"{path} is neither a folder nor in {cache_folder}, and the hub does not give it"
            f" ({first_line(error)}); with a network it is fetched once, else name its folder"
        ) from error
    except Exception as error:  # of many kinds: a strange split, config or file
        raise SeqbenchError(
            f"{path}, {config or 'default'}, {split}: {first_line(error)}"
        ) from error


def first_line(error: BaseException) -> str:
    """What an exception says, in short."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def plain(table: Any) -> Iterable[dict[str, Any]]:
    """Rows with undecoded sound: decoding it takes one more package."""
    import datasets

    for name, feature in table.features.items():
        if isinstance(feature, datasets.Audio):
            table = table.cast_column(name, datasets.Audio(decode=False))
    found: Iterable[dict[str, Any]] = table
    return found


def named(features: Any, row: dict[str, Any]) -> dict[str, Any]:
    """A row with its labels by name, and of sound the bytes."""
    found = {}
    for key, value in row.items():
        names = getattr(features[key], "names", None)
        if names and isinstance(value, int) and 0 <= value < len(names):
            value = names[value]
        elif isinstance(value, dict) and "bytes" in value:
            value = value["bytes"] or Path(value["path"]).read_bytes()
        found[key] = value
    return found


def digest(parts: Iterable[Rows]) -> str:
    """sha256 of all that stands in some rows."""
    told = hashlib.sha256()
    for part in parts:
        told.update(b"%d rows" % len(part))
        for row in part:
            for key in sorted(row):
                value = row[key]
                data = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
                told.update(b"%s %d " % (key.encode(), len(data)))
                told.update(data)
    return told.hexdigest()
