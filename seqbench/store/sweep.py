"""Tidying a results folder. Records are never touched."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seqbench.store.lock import Lock
from seqbench.store.spool import alive


@dataclass(frozen=True)
class Swept:
    """What was removed."""

    files: int = 0
    size: int = 0  # bytes

    def __str__(self) -> str:
        return f"{self.files} files, {self.size / 2**20:.1f} MiB"


def sweep(folder: Path) -> Swept:
    """Remove what no living run needs: logs of finished runs, stale claims, the cache."""
    files = size = 0
    for item in _litter(folder):
        inside = [path for path in item.rglob("*") if path.is_file()]
        files += len(inside)
        size += sum(path.stat().st_size for path in inside)
        shutil.rmtree(item)
    for claim in folder.joinpath("claims").glob("*"):
        lock = Lock.take(claim)  # a claim may only go while nobody else can take it
        if lock is not None:
            lock.release()
            files += 1
    return Swept(files, size)


def _litter(folder: Path) -> Iterator[Path]:
    for logs in sorted(folder.joinpath("logs").glob("*/")):
        if not alive(folder / "spool" / logs.name):
            yield logs
    if (cache := folder / ".cache").is_dir():
        yield cache
