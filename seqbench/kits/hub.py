"""Rows of data sets in the form of the Hugging Face hub, from there or from a folder."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from seqbench.contract.errors import Missing, SeqbenchError

UNPICKLING = ("pandas", "webdataset")  # forms in which some versions of the package do
BRING = "pip install 'seqbench[hub]'"
Rows = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Source:
    """One split of a set: a name on the hub (owner/name) or a folder laid out like one."""

    path: str
    config: str = ""
    data_dir: str = ""  # a folder within it
    revision: str = ""
    split: str = "train"

    def __str__(self) -> str:
        return ", ".join(one for one in (self.path, self.config, self.data_dir, self.split) if one)


@cache
def rows(source: Source, columns: tuple[str, ...]) -> Rows:
    """These columns of each row; labels as their names, sound as its file's bytes.

    Raises Missing where the package, the network or the data are not there, SeqbenchError where
    the split or a column is not.
    """
    table = loaded(source)
    for column in columns:
        if column not in table.column_names:
            known = ", ".join(table.column_names)
            raise SeqbenchError(
                f"{source.path}: no column {column!r} in {source.split}; it has {known}"
            )
    found = []
    for number, row in enumerate(plain(table.select_columns(list(columns))), 1):
        for key, value in row.items():
            if isinstance(value, dict) and "bytes" in value:
                row[key] = sound(value, source, f"{source}, row {number}")
        found.append(named(table.features, row))
    return tuple(found)


@cache
def columns(source: Source) -> dict[str, list[Any]]:
    """All cells of a table, column by column."""
    found: dict[str, list[Any]] = dict(loaded(source).with_format(None)[:])
    return found


def loaded(source: Source) -> Any:
    """One split, as the package knows it."""
    path = source.path
    try:
        import datasets
    except ImportError as error:
        raise Missing(f"{path} is read by Hugging Face datasets: {BRING}") from error
    datasets.disable_progress_bars()
    where = str(Path(path).expanduser()) if Path(path).expanduser().is_dir() else path
    told = {"data_dir": source.data_dir} if source.data_dir else {}
    if Path(where).is_dir():  # the package would not see that a file of it has changed
        told["cache_dir"] = f"{datasets.config.HF_DATASETS_CACHE}/folder-{mark(Path(where))}"
    elif source.revision:
        told["revision"] = source.revision
    try:
        builder = datasets.load_dataset_builder(where, source.config or None, **told)
        if builder.__module__.rpartition(".")[2] in UNPICKLING:
            raise SeqbenchError("its files may hold pickles, which are never loaded")
        builder.download_and_prepare()
        return builder.as_dataset(split=source.split)
    except (ConnectionError, FileNotFoundError) as error:
        cache_folder = datasets.config.HF_DATASETS_CACHE
        raise Missing(
            f"{path} is neither a folder nor in {cache_folder}, and the hub does not give it"
            f" ({first_line(error)}); with a network it is fetched once, else name its folder"
        ) from error
    except Exception as error:  # of many kinds: a strange split, config or file
        raise SeqbenchError(f"{source}: {first_line(error)}") from error


def mark(folder: Path) -> str:
    """Another one when a file in a folder is new, gone or changed."""
    seen = hashlib.sha256(str(folder.resolve()).encode())
    for path in sorted(folder.rglob("*")):
        told = path.stat()
        seen.update(f"{path} {told.st_size} {told.st_mtime_ns}".encode())
    return seen.hexdigest()[:16]


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
    """A row with its labels by name."""
    found = {}
    for key, value in row.items():
        names = getattr(features[key], "names", None)
        if names and isinstance(value, int) and 0 <= value < len(names):
            value = names[value]
        found[key] = value
    return found


def sound(value: dict[str, Any], source: Source, told: str) -> bytes:
    """The bytes of a recording: those in its row, or of a file that the set brought along."""
    from datasets import config
    from huggingface_hub import constants

    if value["bytes"] is not None:
        kept: bytes = value["bytes"]
        return kept
    path = Path(value.get("path") or "").resolve()
    homes = (source.path, config.HF_DATASETS_CACHE, constants.HF_HUB_CACHE)
    if not any(path.is_relative_to(Path(home).expanduser().resolve()) for home in homes):
        raise SeqbenchError(f"{told}: no sound in it, and {path} is no file of the set")
    if not path.is_file():
        raise SeqbenchError(f"{told}: no sound in it, and no file {path}")
    return path.read_bytes()


def digest(parts: Iterable[Collection[dict[str, Any]]]) -> str:
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
