"""The trials that the cluster has in hand."""

import pickle
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from seqbench import Progress, Result, SeqbenchError, Site, Trial, from_record
from seqbench_plugins.executors.ray import visit
from seqbench_plugins.executors.ray.cluster import Cluster
from seqbench_plugins.executors.ray.station import Order

if TYPE_CHECKING:
    from seqbench_plugins.executors.ray.executor import Ray

AHEAD = 2  # trials in flight for each that can run: a node shall not wait for the run
INTERVAL = 1.0  # seconds between two looks at what the cluster can hold
SHORT = "its node ran short of memory, and Ray ended it: a higher ray.cpus leaves more for each"
PATIENCE = 600.0  # seconds without a node that can hold a trial


class Fleet:
    """Sends trials, and takes in what comes of them; closed, it calls all of them off."""

    def __init__(self, cluster: Cluster, asked: "Ray", order: Order, site: Site) -> None:
        self.cluster, self.asked, self.site = cluster, asked, site
        ray = cluster.ray
        ray.cloudpickle.register_pickle_by_value(visit)
        self._visit = ray.remote(
            num_cpus=asked.cpus, num_gpus=asked.gpus, max_retries=asked.retries, max_calls=0
        )(visit.visit)
        self._order = ray.put(pickle.dumps(order))
        self._wanted = visit.versions()
        self._running: dict[Any, Trial] = {}  # by what Ray gives for a task
        self._seen = float("-inf")  # when there last was a node that can hold a trial
        self._places: dict[str, int] = {}  # that living nodes have for trials
        self._had: dict[str, int] = {}  # and those that were lost
        self._look()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._running:
            with suppress(Exception):  # the cluster may be gone
                self.cluster.ray.cancel(task, force=True)

    def __len__(self) -> int:
        return len(self._running)

    @property
    def has_room(self) -> bool:
        """Whether more trials can be of use to the cluster, and none has to be alone."""
        if any(trial.alone for trial in self._running.values()):
            return False
        return len(self) < AHEAD * sum(self._places.values())

    def start(self, trial: Trial) -> None:
        """Send a trial."""
        task = self._visit.remote(self._wanted, self._order, pickle.dumps(trial))
        self._running[task] = trial

    def ended(self) -> Iterator[Result]:
        """Wait a moment; the results of the trials that are over then."""
        ready, _ = self.cluster.ray.wait(list(self._running), num_returns=1, timeout=INTERVAL)
        self._look()
        for task in ready:
            result = self._heard(task, self._running[task])
            if result is not None:
                del self._running[task]
                yield result

    def _look(self) -> None:
        """See what the cluster can hold now; SeqbenchError where it is nothing for too long."""
        self._places = self.cluster.places(self.asked.cpus, self.asked.gpus)
        self._had |= self._places
        if any(self._places.values()):
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > PATIENCE:
            devices = f" and {self.asked.gpus:g} GPU" if self.asked.gpus else ""
            raise SeqbenchError(
                f"no node of the Ray cluster has {self.asked.cpus:g} CPU{devices} for a trial: add"
                " one, or ask for less with ray.cpus and ray.gpus"
            )

    def _heard(self, task: Any, trial: Trial) -> Result | None:
        """The next word from a trial; its result, if it is the last."""
        errors = self.cluster.ray.exceptions
        try:
            told = self.cluster.ray.get(next(task))
        except errors.RayTaskError as error:  # of ours: no trial's gets so far
            if isinstance(error.cause, SeqbenchError):
                raise SeqbenchError(f"on a node of the cluster, {error.cause}") from error
            return Result(trial, "lost", plain(error.cause or error))
        except errors.LocalRayletDiedError as error:
            raise SeqbenchError(
                "the Ray node of this machine has ended, and the run with it; start it again, and"
                " the next run goes on from here"
            ) from error
        except errors.OutOfMemoryError:
            return Result(trial, "out_of_memory", SHORT)
        except errors.RayError as error:
            return Result(trial, "lost", f"after {self.asked.retries} retries, {plain(error)}")
        if "others" in told:
            raise SeqbenchError(refusal(told))
        if "record" in told:
            return self._result(trial, told)
        self.site.watch(Progress("started", trial, f"node {told['address']}"))
        return None

    def _result(self, trial: Trial, told: Mapping[str, Any]) -> Result:
        if told["log"]:
            with suppress(OSError):  # a full disk costs the log, never the trial
                (self.site.logs / f"{trial.id}.log").write_bytes(told["log"])
        result = from_record(told["record"])
        here = {"node": told["address"], "workers": self._had.get(told["node"], 1)}
        return replace(result, trial=trial, facts={**result.facts, **here})


def refusal(told: Mapping[str, Any]) -> str:
    """What a node has in other versions."""
    others = ", ".join(
        f"{name} {there or 'missing'} instead of {here}"
        for name, (here, there) in told["others"].items()
    )
    return f"the node {told['address']} has {others}: install the same there as here"


def plain(error: BaseException) -> str:
    """An error in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]
