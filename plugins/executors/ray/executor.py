"""The run's side: what may be set, and how many trials are in flight."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from seqbench import Executor, Result, SeqbenchError, Site, Trial, Work
from seqbench_plugins.executors.process import Process
from seqbench_plugins.executors.ray.cluster import connected
from seqbench_plugins.executors.ray.fleet import Fleet
from seqbench_plugins.executors.ray.station import Order, packed

ADDRESS = re.compile(r"auto|local|[^\s/]+:\d+")


@dataclass(frozen=True)
class Ray(Executor):
    """The machines of a Ray cluster (Moritz et al., 2018); `pip install 'seqbench[ray]'`.

    Each trial runs as the `process` executor would run it, on whichever node has room, so that
    what comes of it is the same. The versions of seqbench and of all plugin packages must be the
    same on all nodes; plugin files of the suite travel with the trials. Records are written here.
    """

    name = "ray"

    address: str = (
        "auto"  # host:port of the head; auto: of this machine's cluster; local: a new one
    )
    cpus: float = 1.0  # of its node that a trial takes
    gpus: float = 0.0  # of its node that a trial takes; four share one at 0.25
    retries: int = 2  # where a trial's node is lost; whatever else befalls it is its result
    threads: int = 1  # of each trial; another number changes the last digits of results
    timeout: float = 3600.0  # seconds a trial may take; 0: no limit
    memory: str = ""  # that a trial and its children may hold, 300 MiB of torch included: 4GiB

    def __post_init__(self) -> None:
        rules = {
            "address": (ADDRESS.fullmatch(self.address), "write host:port, auto or local"),
            "cpus": (self.cpus > 0 and whole(self.cpus), "more than 0, above 1 a whole number"),
            "gpus": (self.gpus >= 0 and whole(self.gpus), "0 or more, above 1 a whole number"),
            "retries": (self.retries >= 0, "0 or more"),
            "threads": (1 <= self.threads <= max(1, self.cpus), "from 1 to the cpus of a trial"),
        }
        for setting, (kept, rule) in rules.items():
            if not kept:
                raise SeqbenchError(f"ray.{setting} is {getattr(self, setting)!r}; {rule}")
        try:
            Process(timeout=self.timeout, memory=self.memory)
        except SeqbenchError as error:
            raise SeqbenchError(str(error).replace("process.", "ray.", 1)) from None

    def run(self, work: Work, trials: Iterable[Trial], site: Site) -> Iterator[Result]:
        order = Order(packed(work), site.logs.name, self.threads, self.timeout, self.memory)
        waiting, held = iter(trials), None
        with connected(self.address) as cluster, Fleet(cluster, self, order, site) as fleet:
            while True:
                while fleet.has_room and (trial := held or next(waiting, None)) is not None:
                    held = trial if trial.alone and len(fleet) else None
                    if held:
                        break
                    fleet.start(trial)
                if not len(fleet):
                    return
                yield from fleet.ended()


def whole(quantity: float) -> bool:
    """Ray divides one core or device, and no larger number of them."""
    return quantity <= 1 or quantity == int(quantity)
