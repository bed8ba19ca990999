"""Trials on many machines: Ray places them and replaces lost nodes, and that is all it does.

run ── executor.py: keeps as many trials in flight as the cluster can use
 ├─ cluster.py: the connection, and how many trials each node can run at once
 └─ fleet.py: the trials in flight
     └─ visit.py: what Ray calls on a node; it compares versions first
         └─ station.py: the process executor, there, in a folder from room.py
"""

from seqbench import Executor, hookimpl
from seqbench_plugins.executors.ray.executor import Ray


@hookimpl
def executors() -> list[type[Executor]]:
    """One executor."""
    return [Ray]
