"""A node's side: the process executor, kept warm for the trials that come one after another."""

import os
import pickle
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqbench import Movable, Result, Site, Trial, Watch, Work, to_record
from seqbench_plugins.executors.process import Process
from seqbench_plugins.executors.process.executor import packed as pickled
from seqbench_plugins.executors.ray.room import Room

WISHES = ("SEQBENCH_OFFLINE", "SEQBENCH_PLUGINS_BLOCK")  # of the user's, which hold everywhere


@dataclass(frozen=True)
class Parcel:
    """Work, pickled, and the files it needs, as they travel."""

    work: bytes
    files: tuple[tuple[str, bytes], ...] = ()  # names and contents

    def unpacked(self, folder: Path) -> "Unpacked":
        """The work, for where its files are written to a folder."""
        files = []
        for number, (name, content) in enumerate(self.files):
            file = folder / str(number) / name  # two may have one name
            file.parent.mkdir(parents=True)
            file.write_bytes(content)
            files.append(file)
        return Unpacked(self.work, tuple(files))


@dataclass(frozen=True)
class Unpacked:
    """Work that is taken up in the trial's own process, as loading it may import plugins."""

    work: bytes
    files: tuple[Path, ...]

    def __call__(self, trial: Trial, watch: Watch) -> Result:
        """Do the work."""
        work = pickle.loads(self.work)
        return (work.moved(self.files) if self.files else work)(trial, watch)


def packed(work: Work) -> Parcel:
    """The work for another machine. Its files must be there to be read."""
    files = work.files if isinstance(work, Movable) else ()
    return Parcel(pickled(work), tuple((file.name, file.read_bytes()) for file in files))


def wished() -> dict[str, str]:
    """Those that are set."""
    return {name: os.environ[name] for name in WISHES if name in os.environ}


@dataclass(frozen=True)
class Order:
    """What is the same for all trials of a run."""

    parcel: Parcel
    run: str  # its name: the folder of its logs
    threads: int
    timeout: float
    memory: str
    wishes: Mapping[str, str] = field(default_factory=wished)


class Station:
    """A room, and a process executor that gets its trials one by one."""

    def __init__(self, order: Order) -> None:
        self._room = Room()
        root = self._room.path
        self._site = Site(root / "spool", root / "logs" / order.run, lambda event: None)
        self._site.logs.mkdir(parents=True)
        os.environ.update(order.wishes)
        executor = Process(
            workers=1, threads=order.threads, timeout=order.timeout, memory=order.memory
        )
        self._trials: deque[Trial] = deque()
        work = order.parcel.unpacked(root)
        self._results = executor.run(work, iter(self._trials.popleft, None), self._site)

    def perform(self, trial: Trial) -> tuple[Result, bytes]:
        """What came of the trial, and what it printed; nothing of it stays here."""
        self._trials.append(trial)
        result = next(self._results)
        (self._site.spool / f"{trial.id}.json").unlink(missing_ok=True)
        log = self._site.logs / f"{trial.id}.log"
        try:
            return result, log.read_bytes()
        except FileNotFoundError:
            return result, b""
        finally:
            log.unlink(missing_ok=True)

    def close(self) -> None:
        """End the warm process."""
        self._results.close()
        self._room.close()


_open: dict[tuple[bytes, str | None], Station] = {}  # in this process: the one last used


def perform(order: bytes, trial: bytes) -> dict[str, Any]:
    """Run a trial; its record, and its log."""
    key = (order, os.environ.get("CUDA_VISIBLE_DEVICES"))  # a warm process sees the same ones ever
    if key not in _open:
        close()
        _open[key] = Station(pickle.loads(order))
    try:
        result, log = _open[key].perform(pickle.loads(trial))
    except BaseException:
        close()
        raise
    return {"record": to_record(result), "log": log}


def close() -> None:
    """Leave nothing open."""
    while _open:
        _open.popitem()[1].close()
