"""Locks of the kernel's: gone with the process that holds them, however it dies."""

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Lock:
    """A lock that this process holds. That its file exists means nothing."""

    path: Path
    handle: int

    @classmethod
    def take(cls, path: Path) -> "Lock | None":
        """The lock, or None while somebody holds it. The folder must exist."""
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return None
            if _same(handle, path):
                return cls(path, handle)
            os.close(handle)  # its last holder removed the file between open and flock

    def release(self) -> None:
        """Give the lock back and remove its file, while nobody else can hold it."""
        with suppress(OSError):
            self.path.unlink()
        os.close(self.handle)


def held(path: Path) -> bool:
    """Whether a living process holds the lock at this path."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
