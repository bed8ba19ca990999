"""Each trial in a process of its own, which nothing it does can outlive.

run ── executor.py: starts trials, yields their results
 └─ warm.py: a server that has torch loaded and forks for each trial
     └─ keeper.py: watches one trial's time, memory and output, and clears up after it
         └─ worker.py: the trial
"""

from seqbench import Executor, hookimpl
from seqbench_plugins.executors.process.executor import Process


@hookimpl
def executors() -> list[type[Executor]]:
    """One executor."""
    return [Process]
