"""A run in little, to be killed: `python driver.py folder trials seconds [workers]`.

Says each trial it has stored; marks in folder.starts each start of a trial.
"""

import sys
from dataclasses import replace
from pathlib import Path

import faults

from seqbench import Choice
from seqbench.store import Store
from seqbench_plugins.executors.process import Process


class Quick(Process):
    preload = ()


def trials(folder, number, seconds):
    """Trials that sleep, and mark when they start."""
    task = Choice("task", {"seconds": seconds, "folder": f"{folder}.starts"})
    return [replace(faults.trial("ok", seed), task=task) for seed in range(number)]


def hang(folder):
    """Run a trial that has children of every kind and never ends."""
    with Store(folder) as store:
        site = store.site(lambda event: None)
        list(Quick().run(faults.work, [faults.trial("orphans")], site))


def main(folder, number, seconds, workers=2):
    """Run what is not done."""
    Path(f"{folder}.starts").mkdir(exist_ok=True)
    with Store(folder) as store:
        store.adopt()
        todo = trials(folder, int(number), float(seconds))
        done = store.done(todo)
        todo = [one for one in todo if one.id not in done]
        site = store.site(lambda event: print(event.kind, event.where, flush=True))
        executor = Quick(workers=int(workers), timeout=60)
        for result in executor.run(faults.work, store.take(todo), site):
            store.add(result)
            print("stored", result.trial.seed, flush=True)
    print("end", flush=True)


if __name__ == "__main__":
    hang(sys.argv[2]) if sys.argv[1] == "hang" else main(*sys.argv[1:])
