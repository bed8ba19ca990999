"""IDX files, the form in which MNIST and its likes are published; gzipped or not."""

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np

from seqbench.contract.errors import SeqbenchError

BYTES, HEADER = 0x08, 4  # the code of unsigned bytes; bytes before the sizes


def read(path: Path, dimensions: int) -> np.ndarray:
    """The array of unsigned bytes in a file, of so many dimensions.

    Raises SeqbenchError, which names the file, where it is anything else or cut short.
    """
    data = _unpacked(path)
    if len(data) < HEADER or data[:2] != b"\0\0":
        raise SeqbenchError(f"{path}: no IDX file; one starts with two zero bytes")
    kind, found = data[2], data[3]
    if kind != BYTES:
        raise SeqbenchError(f"{path}: numbers of kind 0x{kind:02x}; it takes unsigned bytes, 0x08")
    if found != dimensions:
        raise SeqbenchError(f"{path}: {found} dimensions; it takes {dimensions}")
    start = HEADER + 4 * dimensions
    if len(data) < start:
        raise SeqbenchError(f"{path}: cut short, within its header")
    shape = tuple(np.frombuffer(data[HEADER:start], ">u4").tolist())
    if len(data) - start != prod(shape):
        raise SeqbenchError(
            f"{path}: {len(data) - start} numbers where its header promises {prod(shape)}"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _unpacked(path: Path) -> bytes:
    """The file's bytes, out of gzip where they are in it."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SeqbenchError(f"{path}: cannot be read ({why})") from error
