"""The one file a run writes its records to."""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from seqbench.contract.errors import SeqbenchError
from seqbench.store.line import encode


class Journal:
    """A file of records with one writer, made when the first record comes.

    No two processes ever write to one file: a line torn by one of them would swallow the next
    one's. After an error the file ends after its last whole line, and a new one takes over.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder
        self.run = run
        self._handle: int | None = None
        self._file = folder
        self._good = 0  # bytes that are known to be on disk

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one record; it is on disk when this returns. Raises SeqbenchError where it is not."""
        try:
            line = encode(record)
        except (TypeError, ValueError) as error:
            raise SeqbenchError(f"the result of trial {record['id']} is no JSON: {error}") from None
        with writing(self.folder):
            try:
                self._write(line)
            except OSError:
                self._abandon()
                raise
            except BaseException:  # an interrupt: what is written may be read already, and stays
                self.close()
                raise

    def _write(self, line: bytes) -> None:
        if self._handle is None:
            self._open()
        assert self._handle is not None
        if os.write(self._handle, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(self._handle)
        self._good += len(line)

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._handle, self._file = new_file(self.folder, self.run)
        self._good = 0
        for folder in (self.folder, self.folder.parent):  # or a power cut may forget the name
            flush_folder(folder)

    def _abandon(self) -> None:
        """Leave the file as its last whole line left it; whoever comes next writes to a new one."""
        if self._handle is None:
            return
        with suppress(OSError):
            os.ftruncate(self._handle, self._good)
            if not self._good:
                self._file.unlink()
        self.close()

    def close(self) -> None:
        """No more records come."""
        if self._handle is not None:
            with suppress(OSError):
                os.close(self._handle)
            self._handle = None


def new_file(folder: Path, stem: str) -> tuple[int, Path]:
    """A file of records that nobody else writes to: its handle, and where it is."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
    for number in count():
        file = folder / f"{stem}{f'-{number}' if number else ''}.jsonl"
        with suppress(FileExistsError):
            return os.open(file, flags, 0o644), file
    raise AssertionError("unreachable")


def flush_folder(folder: Path) -> None:
    """Bring the names in a folder to disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the system says against writing to a folder into a SeqbenchError."""
    try:
        yield
    except OSError as error:
        raise SeqbenchError(
            f"cannot write results to {folder}: {error.strerror or error};"
            " make room or choose another folder, then run again: nothing stored is lost"
        ) from error
