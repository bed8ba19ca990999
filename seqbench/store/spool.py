"""Results that trial processes left behind, and the lock that says whether their run lives."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seqbench.contract.errors import SeqbenchError
from seqbench.contract.record import from_record
from seqbench.contract.trial import Result
from seqbench.store.lock import Lock, held

LOCK = "lock"


def settle(spool: Path) -> Lock:
    """Make a run's spool folder, and hold it until the run ends."""
    while True:
        spool.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # somebody tidied the folder before it was held
            lock = Lock.take(spool / LOCK)
            if lock is not None:
                return lock


def leave(spool: Path, lock: Lock) -> None:
    """Let go of a run's folder; it goes too, unless there are results in it."""
    if not any(spool.glob("*.json")):
        shutil.rmtree(spool, ignore_errors=True)
    lock.release()


def alive(spool: Path) -> bool:
    """Whether the run that owns a spool folder still lives."""
    return held(spool / LOCK)


@contextmanager
def abandoned(spool: Path) -> Iterator[bool]:
    """Whether a spool folder's run is dead; if so, it is ours inside, and gone after if empty."""
    try:
        lock = Lock.take(spool / LOCK)
    except FileNotFoundError:  # another run has just tidied it away
        lock = None
    try:
        yield lock is not None
    finally:
        if lock is not None:
            leave(spool, lock)


def left(file: Path) -> Result | None:
    """The result that a trial left in a file, or None where somebody has just taken it."""
    try:
        return from_record(json.loads(file.read_bytes()))
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError) as error:
        raise SeqbenchError(
            f"{file} is no result that a trial left ({error}): remove it"
        ) from error
