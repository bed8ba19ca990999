"""What a trial prints, kept within bounds."""

from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

HEAD = 1 << 20  # bytes kept of the beginning
TAIL = 1 << 16  # and of the end, where the error stands


class Log:
    """A file with the beginning and the end of an output, made when something is printed.

    A full disk costs the log, never the trial.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._room = HEAD
        self._end = bytearray()
        self._left_out = 0

    def write(self, data: bytes) -> None:
        """Take in what was printed."""
        head, rest = data[: self._room], data[self._room :]
        if head:
            self._room -= len(head)
            self._put(head)
        self._end += rest
        too_many = len(self._end) - TAIL
        if too_many > 0:
            self._left_out += too_many
            del self._end[:too_many]

    def close(self) -> None:
        """Write the end of it."""
        if self._left_out:
            self._put(b"\n[... %d bytes are left out here ...]\n" % self._left_out)
        if self._end:
            self._put(bytes(self._end))
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _put(self, data: bytes) -> None:
        with suppress(OSError):
            if self._file is None:
                self._file = self.path.open("wb", buffering=0)
            self._file.write(data)
