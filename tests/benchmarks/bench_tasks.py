"""How fast tasks draw. Run as a script: `python tests/benchmarks/bench_tasks.py [task ...]`.

Prints tokens (steps of a sequence) a second of CPU time for the named tasks, or for every task in
the catalogue that is drawn by a procedure, that is one with a `sample` of its own, at its default
settings; and which of them are below WANTED. Exit 1 where one is.
"""

import statistics
import sys
import time

import numpy as np

from seqbench import Task
from seqbench.catalogue import Catalogue

TOKENS = 1_000_000  # in one draw, about
ROUNDS = 5
WANTED = 2_000_000  # tokens a second
ENOUGH = 30  # seconds that one draw may take


def speed(task: Task, rng: np.random.Generator) -> float:
    """Tokens a second, the median of some draws after a first one, of which the pace is known."""
    n, steps = 64, 0
    while True:
        start = time.process_time()
        steps = drawn(task, n, rng)
        took = max(time.process_time() - start, 1e-6)
        if steps >= TOKENS / 16 or took > 1 or n > TOKENS:
            break
        n *= 4
    n = round(n * min(TOKENS / steps, ENOUGH / took))
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time()
        steps = drawn(task, n, rng)
        rates.append(steps / (time.process_time() - start))
    return statistics.median(rates)


def drawn(task: Task, n: int, rng: np.random.Generator) -> int:
    """Draw n examples; how many steps they have."""
    split = task.split("train", n, rng)
    return split.inputs.shape[0] * split.inputs.shape[1]


def main() -> int:
    """Print a line a task."""
    catalogue, rng = Catalogue.installed(), np.random.default_rng(0)
    print(f"{'task':<20}{'million tokens/s':>18}   settings")
    slow = []
    for name in sys.argv[1:] or catalogue.names("tasks"):
        task = catalogue.make("tasks", name, {})
        if sys.argv[1:] or type(task).sample is not Task.sample:
            rate = speed(task, rng)
            settings = ", ".join(f"{key}={value}" for key, value in vars(task).items())
            print(f"{name:<20}{rate / 1e6:>18.1f}   {settings}", flush=True)
            slow += [name] if rate < WANTED else []
    print(f"below {WANTED / 1e6:.1f}: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
