"""The connection to a cluster, and what it can hold."""

import math
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from seqbench import SeqbenchError

HERE: dict[str, Any] = {"address": "local", "include_dashboard": False}
if sys.platform == "linux":  # Ray takes 127.0.0.1 for the outward address, which may be closed
    HERE["_node_ip_address"] = "127.0.0.2"
ANSWER = 10.0  # seconds a cluster may take to answer
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_task_oom_retries": "0",  # Ray's own is for ever, and the next try needs as much memory
}


@dataclass(frozen=True)
class Cluster:
    """A cluster that this process is connected to, through the module `ray`."""

    ray: Any

    def places(self, cpus: float, gpus: float) -> dict[str, int]:
        """By the id of each living node, how many trials that take so much it can run at once."""
        return {
            node["NodeID"]: min(
                shares(node["Resources"].get("CPU", 0), cpus),
                shares(node["Resources"].get("GPU", 0), gpus),
            )
            for node in self.ray.nodes()
            if node["Alive"]
        }


def shares(there: float, each: float) -> int:
    """How many can have so much each; of a device, which is not divided among two, a part."""
    if not each:
        return sys.maxsize
    if each < 1:
        return int(there) * math.floor(1 / each + 1e-9)
    return int(there // each)


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """The cluster, for as long as it is needed; a connection that is there already is used."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise SeqbenchError(
            f"the executor ray needs Ray ({error}): pip install 'seqbench[ray]'"
        ) from error
    if ray.is_initialized():
        yield Cluster(ray)
        return
    try:
        with handlers_kept():
            join(ray, address)
        hush()
        yield Cluster(ray)
    finally:
        ray.shutdown()


def join(ray: Any, address: str) -> None:
    """Connect. Raises SeqbenchError where there is nobody, or one of another version."""
    try:
        where = HERE if address == "local" else {"address": answering(address)}
        ray.init(**where, log_to_driver=False, logging_level="error")
    except (OSError, OverflowError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        told = " ".join(str(error).split())
        raise SeqbenchError(
            f"ray.address is {address}, and no cluster could be had there ({told}): start one"
            " with `ray start --head`, or write address: local"
        ) from error


def answering(address: str) -> str:
    """host:port of a cluster. Asked first, as Ray itself waits for minutes where nobody is."""
    from ray._private.services import canonicalize_bootstrap_address

    found: str = canonicalize_bootstrap_address(address)
    host, _, port = found.rpartition(":")
    socket.create_connection((host, int(port)), ANSWER).close()
    return found


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Ray takes SIGTERM for itself; who set a handler before keeps it."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        with suppress(ValueError):  # not the main thread: nothing was changed
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def hush() -> None:
    """Ray prints its words on lost nodes to stdout, where reports go: to stderr with them."""
    from ray._private import worker

    said = worker.print_to_stdstream
    worker.print_to_stdstream = lambda data, *how, **more: said(
        {**data, "is_err": True}, *how, **more
    )
