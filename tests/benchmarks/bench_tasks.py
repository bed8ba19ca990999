"""How fast tasks draw. Run as a script: `python tests/benchmarks/bench_tasks.py [task ...]`.

Prints tokens (steps of a sequence) a second of CPU time for every task in the catalogue that is
drawn by a procedure, that is one with a `sample` of its own, at its default settings.
"""

import statistics
import sys
import time

import numpy as np

from seqbench import Task
from seqbench.catalogue import Catalogue

TOKENS = 1_000_000  # in one draw, about
ROUNDS = 5


def speed(task: Task, rng: np.random.Generator) -> float:
    """Tokens a second, the median of some draws after a first one."""
    n = TOKENS // task.sample(1, rng).mask.size
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time()
        steps = task.sample(n, rng).mask.size
        rates.append(steps / (time.process_time() - start))
    return statistics.median(rates)


def main() -> None:
    """Print a line a task."""
    catalogue, rng = Catalogue.installed(), np.random.default_rng(0)
    print(f"{'task':<20}{'million tokens/s':>18}   settings")
    for name in sys.argv[1:] or catalogue.names("tasks"):
        task = catalogue.make("tasks", name, {})
        if type(task).sample is not Task.sample:
            settings = ", ".join(f"{key}={value}" for key, value in vars(task).items())
            print(f"{name:<20}{speed(task, rng) / 1e6:>18.1f}   {settings}", flush=True)


if __name__ == "__main__":
    main()
