"""The user's cache: files that were brought once and may be thrown away at any time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqbench.contract.errors import SeqbenchError


def root() -> Path:
    """$SEQBENCH_CACHE, else $XDG_CACHE_HOME/seqbench, else ~/.cache/seqbench. May not exist yet."""
    if chosen := os.environ.get("SEQBENCH_CACHE"):
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "seqbench"


def folder(name: str) -> Path:
    """The cache's folder of this name, made where it is not there."""
    wanted = root() / name
    try:
        wanted.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SeqbenchError(
            f"cannot make the cache folder {wanted} ({error.strerror}); "
            "set SEQBENCH_CACHE to a folder you may write to"
        ) from error
    return wanted


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Only one process at a time inside, for this file.

    A lock of the kernel on `<file>.lock`: it ends with its owner, however that dies, and the
    lock file that stays behind means nothing.
    """
    with file.with_name(file.name + ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
