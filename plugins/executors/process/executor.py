"""The run's side: how many trials at once, what each may use, and what became of them."""

import os
import pickle
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from seqbench import Executor, Result, SeqbenchError, Site, Trial, Work
from seqbench_plugins.executors.process.crew import Crew
from seqbench_plugins.executors.process.order import Order
from seqbench_plugins.executors.process.server import Server

UNITS = {"MB": 10**6, "GB": 10**9, "MiB": 2**20, "GiB": 2**30}


@dataclass(frozen=True)
class Process(Executor):
    """A fresh process for each trial: a crash, a hang or a hog costs one trial and no more."""

    name = "process"
    preload: ClassVar[tuple[str, ...]] = (
        *("torch", "numba", "torch._dynamo", "pydantic.type_adapter"),
        *("seqbench.run", "seqbench.kits.torch", "seqbench_plugins.*"),
    )

    workers: int = 0  # trials at once, at most as many as the cores hold; 0: just as many
    threads: int = 1  # of each trial; another number changes the last digits of results
    timeout: float = 3600.0  # seconds a trial may take; 0: no limit
    memory: str = ""  # that a trial and its children may hold, 300 MiB of torch included: 4GiB
    exclusive: bool = False  # one trial at a time: for timings

    def __post_init__(self) -> None:
        for setting in ("workers", "timeout"):
            if getattr(self, setting) < 0:
                raise SeqbenchError(f"process.{setting} is {getattr(self, setting)}; 0 or more")
        if not 1 <= self.threads <= cores():
            raise SeqbenchError(
                f"process.threads is {self.threads}; from 1 to {cores()}, the cores of this machine"
            )
        parsed(self.memory)

    @property
    def parallel(self) -> int:
        most = cores() // self.threads
        return 1 if self.exclusive else min(self.workers or most, most)

    def run(self, work: Work, trials: Iterable[Trial], site: Site) -> Iterator[Result]:
        pickled = packed(work)
        with (
            Server(self.threads, self.preload, site.logs / "server.log") as server,
            Crew(server, site.watch) as crew,
        ):
            for trial in trials:
                most = 1 if trial.alone else self.parallel
                while len(crew) >= most:
                    yield from crew.ended()
                crew.start(self._order(pickled, trial, site))
                while len(crew) >= most:
                    yield from crew.ended()
            while len(crew):
                yield from crew.ended()

    def _order(self, work: bytes, trial: Trial, site: Site) -> Order:
        site.spool.mkdir(parents=True, exist_ok=True)
        log = site.logs / f"{trial.id}.log"
        memory = parsed(self.memory)
        return Order(work, trial, site.spool, log, self.threads, self.timeout, memory)


def packed(work: Work) -> bytes:
    """The work as another process can take it up."""
    try:
        return pickle.dumps(work)
    except (pickle.PicklingError, AttributeError, ImportError, TypeError) as error:
        raise SeqbenchError(
            f"process needs work that another process can import: {error}; use inline, or a"
            " function at the top of a module"
        ) from error


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def parsed(memory: str) -> int:
    """Bytes; 0 for an empty text."""
    if not memory:
        return 0
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([MG]i?B)", memory)
    if found is None:
        raise SeqbenchError(f"process.memory is {memory!r}; write it as 512MiB or 4GiB")
    return int(float(found[1]) * UNITS[found[2]])
