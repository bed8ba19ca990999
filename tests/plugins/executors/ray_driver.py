"""A run in little on a Ray cluster: `python ray_driver.py folder trials seconds settings [retry]`.

`trials` is a number, or names of faults. Says each trial that is drawn, started and stored.
"""

import json
import sys
from pathlib import Path

import driver
import faults

from seqbench import SeqbenchError
from seqbench.store import Store
from seqbench_plugins.executors.ray import Ray


def main(folder, trials, seconds, settings, retry=""):
    """Run what is not done."""
    Path(f"{folder}.starts").mkdir(exist_ok=True)
    retried = frozenset(filter(None, [retry]))
    with Store(folder) as store:
        store.adopt()
        wanted = chosen(folder, trials, float(seconds))
        done = store.done(wanted, retried)

        def taken():
            for trial in store.take([one for one in wanted if one.id not in done], retried):
                print("drawn", name(trial), flush=True)
                yield trial

        def watch(event):
            print(event.kind, name(event.trial), event.where, flush=True)

        for result in Ray(**json.loads(settings)).run(faults.work, taken(), store.site(watch)):
            store.add(result)
            print("stored", name(result.trial), result.status, flush=True)
    print("end", flush=True)


def chosen(folder, trials, seconds):
    """So many that take some seconds, or one of each fault."""
    if trials.isdigit():
        return driver.trials(folder, int(trials), seconds)
    return [faults.trial(fault) for fault in trials.split(",")]


def name(trial):
    """What tells it from the others."""
    fault = trial.architecture.name
    return trial.seed if fault == "ok" else fault


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except SeqbenchError as error:
        print(f"Error: {error}", flush=True)
