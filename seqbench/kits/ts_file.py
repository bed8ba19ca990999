"""Labelled series as the UCR and UEA archives write them: the `.ts` format."""

import re
from dataclasses import dataclass

import numpy as np

from seqbench.contract.errors import SeqbenchError
from seqbench.kits.utf8 import decoded

MISSING = ("?", "nan")
MOST = 1e100  # of a value, whose square has still to be a number
FLAGS = ("timestamps", "univariate", "equallength", "missing")


@dataclass(frozen=True)
class Series:
    """What a file holds: N series (length, width), NaN where a value is missing, and their labels.

    `label` (N,) counts through `classes`, the names in the order of the header.
    """

    values: tuple[np.ndarray, ...]
    label: np.ndarray
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Header:
    """What the lines that begin with @ say; None where they do not."""

    classes: tuple[str, ...]
    dimensions: int | None
    equal: bool
    length: int | None


def parse(raw: bytes, where: str) -> Series:
    """A file's series; SeqbenchError with the row (of the data, from 1) where it cannot serve.

    `where` is how the user knows the file. A row is its dimensions and its label, divided by
    colons, and a dimension is its values, divided by commas. Series may differ in length.
    """
    text = decoded(raw, where, "it takes a .ts file of the UCR archive")
    head, data = divided(text, where)
    header = read_header(head, where)
    number = {name: at for at, name in enumerate(header.classes)}
    values: list[np.ndarray] = []
    labels: list[int] = []
    for at, line in enumerate(data, 1):
        here = f"{where}, row {at}"
        *dimensions, label = line.split(":")
        if label.strip() not in number:
            known = ", ".join(header.classes[:20])
            raise SeqbenchError(
                f"{here}: the label {label.strip()[:40]!r} is not among those of @classLabel, "
                f"{known}"
            )
        values.append(checked(series(dimensions, here), header, values, here))
        labels.append(number[label.strip()])
    if not values:
        raise SeqbenchError(f"{where}: there is no row after @data")
    return Series(tuple(values), np.array(labels), header.classes)


def divided(text: str, where: str) -> tuple[list[str], list[str]]:
    """The lines before @data and those after it, without empty ones and remarks."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    start = [at for at, line in enumerate(lines) if line.lower() == "@data"]
    if not start:
        raise SeqbenchError(f"{where}: no line is @data; it takes a .ts file of the UCR archive")
    return lines[: start[0]], lines[start[0] + 1 :]


def read_header(lines: list[str], where: str) -> Header:
    """What the header says, each word once; a word that is not known is passed over."""
    said: dict[str, list[str]] = {}
    for line in lines:
        if not line.startswith("@"):
            raise SeqbenchError(f"{where}: before @data stands {line[:40]!r}, which is no @ line")
        word, *rest = line[1:].split() or [""]
        if word.lower() in said:
            raise SeqbenchError(f"{where}: @{word} stands twice")
        said[word.lower()] = rest
    flag = {word: truth(word, said[word], where) for word in FLAGS if word in said}
    if flag.get("timestamps"):
        raise SeqbenchError(f"{where}: @timeStamps is true; it takes values without time stamps")
    told, *classes = said.get("classlabel", ["false"])
    if told.lower() != "true" or len(classes) < 2 or len(set(classes)) < len(classes):
        raise SeqbenchError(
            f"{where}: it takes `@classLabel true` and two or more labels, each once, not "
            f"{' '.join(['@classLabel', told, *classes])[:80]!r}"
        )
    dimensions = count("dimensions", said, where)
    if flag.get("univariate"):
        if dimensions not in (None, 1):
            raise SeqbenchError(f"{where}: @univariate is true, and @dimensions is {dimensions}")
        dimensions = 1
    equal, length = flag.get("equallength", False), count("serieslength", said, where)
    return Header(tuple(classes), dimensions, equal, length)


def truth(word: str, rest: list[str], where: str) -> bool:
    """What `@word true` or `@word false` says."""
    if [one.lower() for one in rest] not in (["true"], ["false"]):
        raise SeqbenchError(f"{where}: @{word} is {' '.join(rest)[:40]!r}; it takes true or false")
    return rest[0].lower() == "true"


def count(word: str, said: dict[str, list[str]], where: str) -> int | None:
    """What `@word 12` says."""
    if word not in said:
        return None
    rest = " ".join(said[word])
    if not re.fullmatch("[0-9]{1,9}", rest) or int(rest) < 1:
        raise SeqbenchError(f"{where}: @{word} is {rest[:40]!r}; it takes a number from 1 on")
    return int(rest)


def series(dimensions: list[str], here: str) -> np.ndarray:
    """The values of a row, (length, width)."""
    if not dimensions:
        raise SeqbenchError(f"{here}: it takes values, a colon and a label")
    columns = [column(text, f"{here}, dimension {at}") for at, text in enumerate(dimensions, 1)]
    lengths = {len(one) for one in columns}
    if len(lengths) > 1:
        raise SeqbenchError(f"{here}: its dimensions have {min(lengths)} to {max(lengths)} values")
    return np.column_stack(columns)


def column(text: str, here: str) -> np.ndarray:
    """The values of one dimension, (length,), NaN for those that are missing."""
    cells = [cell.strip() for cell in text.split(",")]
    found = np.full(len(cells), np.nan)
    for at, cell in enumerate(cells):
        if cell.lower() in MISSING:
            continue
        try:
            found[at] = float(cell)
        except ValueError:
            raise SeqbenchError(f"{here}, value {at + 1}: {cell[:40]!r} is no number") from None
        if not abs(found[at]) <= MOST:
            raise SeqbenchError(f"{here}, value {at + 1}: {cell[:40]!r} is no number up to {MOST}")
    return found


def checked(one: np.ndarray, header: Header, before: list[np.ndarray], here: str) -> np.ndarray:
    """A row's series, which is as the header says and as wide as those before it."""
    length, width = one.shape
    wanted = header.dimensions or (before[0].shape[1] if before else width)
    if width != wanted:
        raise SeqbenchError(f"{here}: it has {width} dimensions, where there should be {wanted}")
    long = header.length or (len(before[0]) if before else length)
    if header.equal and length != long:
        raise SeqbenchError(
            f"{here}: it has {length} values, and @equalLength says {long} of all rows"
        )
    return one


@dataclass(frozen=True)
class Padded:
    """Series side by side: values (N, T, width), 0 where a series has ended; lengths (N,)."""

    values: np.ndarray
    lengths: np.ndarray


def padded(some: tuple[np.ndarray, ...], steps: int) -> Padded:
    """Series of no more than so many steps as one array."""
    values = np.zeros((len(some), steps, some[0].shape[1]))
    for row, one in enumerate(some):
        values[row, : len(one)] = one
    return Padded(values, np.array([len(one) for one in some]))
